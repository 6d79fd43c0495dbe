// Jumps: the way to a tab of a long page, with the one in sight marked.

export function wakeJumps(root) {
  for (const bar of root.querySelectorAll("[data-jumps]")) {
    const links = [...bar.querySelectorAll("a")];
    const parts = links.map((link) => document.getElementById(link.hash.slice(1)));
    const mark = () => {
      const line = bar.getBoundingClientRect().bottom + 80;
      const end = innerHeight + scrollY >= document.documentElement.scrollHeight - 4;
      let place = 0;
      parts.forEach((part, index) => { if (part && !part.hidden && (part.getBoundingClientRect().top <= line || (end && index === parts.length - 1))) place = index; });
      links.forEach((link, index) => {
        if (index === place) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
        link.hidden = parts[index]?.hidden ?? true;
      });
      const link = links[place];
      if (link.offsetLeft < bar.scrollLeft || link.offsetLeft + link.offsetWidth > bar.scrollLeft + bar.clientWidth) bar.scrollLeft = link.offsetLeft - 16;
    };
    addEventListener("scroll", mark, { passive: true });
    document.addEventListener("input", mark);
    mark();
  }
}
