// What the pages do beyond HTML: copying, relative times, dialogs, and small comforts of forms. Live parts: live.js.
// Every page works without this file.

/* ---- copying --------------------------------------------------------------------------------------------------- */

/** Put text, or a promise of text, on the clipboard. Also works on plain http, where the modern way is closed. */
async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) {
    if (text instanceof Promise && window.ClipboardItem) {
      // Safari wants the write to begin within the click, before the text is there.
      const blob = text.then((value) => new Blob([value], { type: "text/plain" }));
      return navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
    }
    return navigator.clipboard.writeText(await text);
  }
  const area = document.createElement("textarea");
  area.value = await text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("the browser refused to copy");
}

/** Ask for the whole key; a person who signed in long ago is sent to the password page first. */
async function fetchKey(form) {
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
  const body = await answer.json();
  if (body.reauthenticate) {
    location.assign(body.reauthenticate);
    return new Promise(() => {});
  }
  if (!answer.ok) throw new Error(body.message);
  return body.key;
}

/** Say on the button itself that it worked, for a moment. */
function confirmOn(button, word) {
  const label = button.querySelector("[data-label]") ?? button;
  button.dataset.was ??= label.textContent;
  label.textContent = word;
  clearTimeout(button.timer);
  button.timer = setTimeout(() => (label.textContent = button.dataset.was), 1800);
}

function textOf(id) {
  return document.getElementById(id).textContent.trim();
}

async function onCopy(button, text) {
  try {
    await copy(text);
    confirmOn(button, "Copied");
  } catch {
    confirmOn(button, "Select and copy by hand");
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) onCopy(button, textOf(button.dataset.copy));
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-copy-key]")) return;
  event.preventDefault();
  const { mask, source } = form.dataset;
  const whole = fetchKey(form).then((key) => (source ? textOf(source).replaceAll(mask, key) : key));
  onCopy(form.querySelector("button"), whole);
});

/* ---- times ----------------------------------------------------------------------------------------------------- */

const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

function span(ms) {
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  return ms < DAY ? `${Math.floor(ms / HOUR)} h` : `${Math.floor(ms / DAY)} d`;
}

function relative(instant) {
  const age = Date.now() - instant;
  if (Math.abs(age) > 7 * DAY) return null;
  if (Math.abs(age) < MINUTE) return age > -SECOND ? "just now" : `in ${Math.ceil(-age / SECOND)} s`;
  return age < 0 ? `in ${span(-age)}` : `${span(age)} ago`;
}

function tellTimes() {
  for (const time of document.querySelectorAll("time[data-relative]")) {
    const words = relative(Date.parse(time.dateTime));
    if (words && words !== time.textContent) time.textContent = words;
  }
}

setInterval(tellTimes, 1000);
document.addEventListener("htmx:load", tellTimes);
document.addEventListener("visibilitychange", tellTimes);

/* ---- dialogs and toasts ---------------------------------------------------------------------------------------- */

/** A page that only asks "are you sure?" is shown as a dialog over the page that leads to it. */
async function ask(link) {
  const answer = await fetch(link.href).catch(() => null);
  const page = answer?.ok && !answer.redirected && new DOMParser().parseFromString(await answer.text(), "text/html");
  const form = page && page.querySelector("main form");
  if (!form) return location.assign(link.href);
  const dialog = document.createElement("dialog");
  const title = page.querySelector("main h1");
  title.id = "dialog-title";
  dialog.setAttribute("aria-labelledby", title.id);
  form.action = link.href;
  dialog.append(title, form);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target !== dialog && !event.target.closest("a.btn--quiet")) return;
    event.preventDefault();
    dialog.close();
  });
  return dialog.showModal();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-ask]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  ask(link);
});

/** A menu that is open closes when something else is pressed, or Escape. */
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) if (!menu.contains(except)) menu.open = false;
}

document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.activeElement.closest("details[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

for (const toast of document.querySelectorAll(".toast:not(.toast--error)")) {
  setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), toast.querySelector("form") ? 12000 : 6000);
}

/* ---- forms ----------------------------------------------------------------------------------------------------- */

/** Browsers may refuse to remember anything. */
function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // The choice lasts for this page only.
  }
}

/** The language of the samples is chosen once, for every page. */
const LANGUAGE = "pingpilot.language";
const wanted = remembered(LANGUAGE);
for (const input of document.querySelectorAll(".samples__tabs input")) {
  if (input.value === wanted) input.checked = true;
  input.addEventListener("change", () => remember(LANGUAGE, input.value));
}

/** A new account learns the browser's time zone, once; the page then tells its times anew. */
const guess = document.querySelector("form[data-guess-zone]");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (guess && zone && zone !== "UTC") {
  guess.elements.time_zone.value = zone;
  fetch(guess.action, { method: "POST", body: new FormData(guess) }).catch(() => {});
}

/** A choice in a search is looked for at once; what it does not ask for does not get into the address. */
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-search] [data-send]")) event.target.form.requestSubmit();
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-search]")) return;
  const { field, is, value } = event.target.elements;
  for (const one of event.target.querySelectorAll("input, select")) one.disabled = !one.value;
  for (const one of [is, value]) one.disabled = !field.value;
});
addEventListener("pageshow", () => {
  for (const one of document.querySelectorAll("[data-search] :disabled")) one.disabled = false;
});

for (const chooser of document.querySelectorAll("form[data-send-on-change]")) {
  chooser.addEventListener("change", () => chooser.requestSubmit());
}

/** What was shown once must not be sent again by a reload: the address becomes that of the page itself. */
const lasting = document.querySelector("[data-address]");
if (lasting && lasting.dataset.address !== location.pathname) history.replaceState(null, "", lasting.dataset.address);

for (const input of document.querySelectorAll("[data-picks]")) {
  const choose = () => {
    const pick = document.getElementById(input.dataset.picks);
    if (pick) pick.checked = true;
  };
  input.addEventListener("input", choose);
}

/** The message that a category's form is about, as it will look. */
const preview = document.querySelector("[data-preview]");
const form = preview && document.querySelector("form[data-previewed]");

function drawPreview() {
  const values = new FormData(form);
  const color = values.get("color") === "own" ? values.get("own_color") : values.get("color");
  const emoji = (values.get("own_emoji") || values.get("emoji") || preview.dataset.emoji).trim();
  const name = values.get("name").trim().toLowerCase() || preview.dataset.name;
  preview.querySelector("[data-title]").textContent = `${emoji} ${name[0].toUpperCase()}${name.slice(1)}`;
  preview.querySelector("[data-name]").textContent = name;
  if (color) preview.querySelector("rect").setAttribute("fill", color);
}

if (form) {
  form.addEventListener("input", drawPreview);
  drawPreview();
}
