// Picked: a record made in another tab for a picker that waits for it, told from there to here.
const CHANNEL = "k-picked";

// On the page of the record that was made.
export function tellPicked() {
  const made = document.querySelector("[data-picked]");
  if (!made) return;
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage({ ticket: made.dataset.picked, id: made.dataset.id, title: made.dataset.title });
  channel.close();
  window.close(); // only where a script opened the tab; else the page simply stays
}

// In the form: the record that was made under the ticket.
export function awaitPicked(ticket, chosen) {
  const channel = new BroadcastChannel(CHANNEL);
  channel.addEventListener("message", (event) => {
    if (event.data.ticket !== ticket) return;
    channel.close();
    chosen(event.data.id, event.data.title);
  });
}
