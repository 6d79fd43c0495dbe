// Uploads: a chosen file is sent at once, with a picture and its progress; what fails stays chosen and goes with the form.

export function wakeUploads(form, changed) {
  form.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches("[data-upload] input[type=file]") || !input.files.length) return;
    const files = [...input.files], place = input.closest("[data-upload]");
    if (!input.multiple) for (const old of place.querySelectorAll("[data-files] input")) old.checked = false;
    Promise.all(files.map((file) => send(form, input, file, changed))).then((sent) => {
      if (sent.every(Boolean)) input.value = "";
      if (!form.hasAttribute("data-waiting") || form.hasAttribute("data-busy")) return;
      form.removeAttribute("data-waiting");
      form.requestSubmit();
    });
  });
}

async function send(form, input, file, changed) {
  const place = input.closest("[data-upload]"), line = lineOf(place, file), bar = line.querySelector("progress");
  place.querySelector("[data-files]").append(line);
  form.toggleAttribute("data-busy", true);
  const answer = await post(form, input, file, (part) => { bar.value = part; });
  bar.remove();
  form.toggleAttribute("data-busy", form.querySelector("[data-upload] progress") !== null);
  if (answer.id) {
    const box = line.querySelector("input");
    Object.assign(box, { name: input.name, value: answer.id, checked: true, disabled: false });
    changed();
    return true;
  }
  line.querySelector(".invalid-feedback").textContent = answer.problem ?? place.dataset.failed;
  line.querySelector("input").remove();
  if (answer.problem) input.value = "";
  return false;
}

function lineOf(place, file) {
  const line = document.createElement("label");
  line.className = "form-check k-file";
  const box = Object.assign(document.createElement("input"), { type: "checkbox", className: "form-check-input", disabled: true });
  const name = Object.assign(document.createElement("span"), { className: "form-check-label", textContent: file.name });
  const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0, className: "k-progress" });
  bar.setAttribute("aria-label", file.name);
  const wrong = Object.assign(document.createElement("span"), { className: "invalid-feedback d-block" });
  wrong.setAttribute("role", "status");
  line.append(box);
  if (/^image\/(png|jpeg|gif|webp|avif)$/.test(file.type)) {
    const picture = Object.assign(document.createElement("img"), { className: "k-thumbnail", alt: "" });
    picture.src = URL.createObjectURL(file);
    picture.addEventListener("load", () => URL.revokeObjectURL(picture.src), { once: true });
    line.append(picture);
  }
  line.append(name, bar, wrong);
  return line;
}

function post(form, input, file, told) {
  const body = new FormData();
  body.append("csrf_token", form.elements.csrf_token.value);
  body.append("path", input.name);
  body.append("file", file);
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/r/${form.dataset.type}/stage`);
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) told(event.loaded / event.total); });
    request.addEventListener("load", () => done(read(request)));
    request.addEventListener("error", () => done({}));
    request.send(body);
  });
}

function read(request) {
  if (!(request.getResponseHeader("Content-Type") ?? "").includes("json")) return {};
  return JSON.parse(request.responseText);
}
