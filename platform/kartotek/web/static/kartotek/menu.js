// The menu: a drawer on small screens, a field to find in it, and the small menus at the top that close by themselves.

export function wakeMenu() {
  const button = document.querySelector("[data-menu]"), side = document.getElementById("menu");
  if (!button) return;
  const open = (wanted) => {
    document.documentElement.classList.toggle("k-menu-open", wanted);
    button.setAttribute("aria-expanded", String(wanted));
    if (wanted) (side.querySelector("a[aria-current]") ?? side.querySelector("a")).focus();
    else if (side.contains(document.activeElement)) button.focus();
  };
  button.addEventListener("click", () => open(button.getAttribute("aria-expanded") !== "true"));
  document.querySelector("[data-menu-close]").addEventListener("click", () => open(false));
  side.querySelector("[data-menu-find]")?.addEventListener("input", (event) => narrow(side, event.target.value.trim().toLowerCase()));
  side.querySelector("[data-menu-find]")?.addEventListener("keydown", (event) => {
    if (event.key === "Enter") side.querySelector(".k-side-list li:not([hidden]) a")?.click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (button.getAttribute("aria-expanded") === "true") open(false);
    closeDrops(null);
  });
  document.addEventListener("click", (event) => closeDrops(event.target.closest("[data-drop]")));
  const current = side.querySelector("a[aria-current]"), list = side.querySelector(".k-side-list");
  if (current && list.contains(current)) list.scrollTop = current.offsetTop - list.clientHeight / 2;
}

function narrow(side, wanted) {
  for (const list of side.querySelectorAll(".k-side-list ul")) {
    for (const item of list.children) item.hidden = !item.textContent.toLowerCase().includes(wanted);
    const title = list.previousElementSibling;
    if (title?.matches(".k-side-title")) title.hidden = ![...list.children].some((item) => !item.hidden);
  }
}

function closeDrops(except) {
  for (const drop of document.querySelectorAll("[data-drop][open]")) if (drop !== except) drop.open = false;
}
