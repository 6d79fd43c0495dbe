// Jumps: the way to a tab of a long page, with the one in sight marked.

export function wakeJumps(root) {
  for (const bar of root.querySelectorAll("[data-jumps]")) {
    const links = [...bar.querySelectorAll("a")];
    const parts = links.map((link) => document.getElementById(link.hash.slice(1)));
    const mark = () => {
      const line = bar.getBoundingClientRect().bottom + 80;
      const end = innerHeight + scrollY >= document.documentElement.scrollHeight - 4;
      const tops = parts.map((part) => (part && part.offsetParent ? part.getBoundingClientRect().top : Infinity));
      const passed = tops.filter((top) => top <= line);
      const place = end && scrollY > 0 ? parts.length - 1 : Math.max(0, tops.indexOf(Math.max(...passed)));
      links.forEach((link, index) => {
        if (index === place) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
        link.hidden = tops[index] === Infinity;
      });
      const link = links[place];
      if (link.offsetLeft < bar.scrollLeft || link.offsetLeft + link.offsetWidth > bar.scrollLeft + bar.clientWidth) bar.scrollLeft = link.offsetLeft - 16;
    };
    addEventListener("scroll", mark, { passive: true });
    document.addEventListener("input", mark);
    mark();
  }
}
