// Live parts of pages: the server sends them, drawn anew, over one stream for each page that is looked at.
// Where there is no stream, the parts are asked for again and again. Every page works without this file.

const STREAM = "/dashboard/stream";
const SILENT_MS = 40_000; // the server says something every 15 s
const ASKED_MS = 2_000, ASKED_HIDDEN_MS = 30_000;
const HIDDEN_MS = 10_000; // browsers keep few connections to one host: a page in the background gives its own back
const AGAIN_MAX_MS = 15_000;

const root = document.documentElement;
const offline = document.getElementById("offline");
const icon = document.querySelector('link[rel="icon"]');

let source = null, isHeard = false, heardAt = 0, tries = 0, again = 0, resting = 0, askedAt = 0;
let known = null;
const late = new Set();

function parts() {
  return [...document.querySelectorAll("[data-live]")];
}

/* ---- what is said of it ---------------------------------------------------------------------------------------- */

function sayOffline(is) {
  root.classList.toggle("is-offline", is);
  if (offline) offline.hidden = !is;
}

/** The tab says when something fails, also while another one is looked at. */
function tellFailures() {
  const failing = Number(document.querySelector("[data-failures]")?.dataset.failures ?? 0);
  if (!icon?.dataset.failing) return;
  icon.dataset.well ??= icon.getAttribute("href");
  const wanted = failing ? icon.dataset.failing : icon.dataset.well;
  if (icon.getAttribute("href") !== wanted) icon.setAttribute("href", wanted);
}

/* ---- parts ------------------------------------------------------------------------------------------------------ */

/** The keys of what a part shows, so that what is new can be marked after the next swap. */
function keysIn(region) {
  return new Set([...region.querySelectorAll("[data-key]")].map((row) => row.dataset.key));
}

/** Whether a person is at work in a part: it must not change below their hands. */
function isInUse(region) {
  const typed = [...region.querySelectorAll("input:not([type=hidden]), select")].some((field) =>
    field.options ? [...field.options].some((option) => option.selected !== option.defaultSelected) && field.selectedIndex > 0 : field.value !== field.defaultValue,
  );
  return typed || Boolean(region.querySelector("details[open], input:focus, select:focus"));
}

function ask(region) {
  window.htmx?.trigger(region, "wake");
}

/** Put a part in its place, as it was sent. Its forms have nobody's token: they get this page's. */
function show(html) {
  const sent = document.createElement("template");
  sent.innerHTML = html;
  const fresh = sent.content.querySelector(".region");
  const region = fresh && document.getElementById(fresh.id);
  if (!region) return;
  if (isInUse(region)) return void late.add(region.id);
  const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
  for (const field of fresh.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.setAttribute("value", token);
  known = keysIn(region);
  window.htmx.swap(region, sent.innerHTML, { swapStyle: "outerHTML" });
}

document.addEventListener("htmx:beforeSwap", (event) => {
  if (!event.target.matches(".region")) return;
  if (isInUse(event.target)) event.detail.shouldSwap = false;
  else known = keysIn(event.target);
});
document.addEventListener("htmx:load", (event) => {
  if (known && event.target.matches(".region")) {
    for (const row of event.target.querySelectorAll("[data-key]")) row.classList.toggle("is-new", !known.has(row.dataset.key));
    known = null;
  }
  tellFailures();
});
document.addEventListener("htmx:oobAfterSwap", tellFailures);
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) sayOffline(false);
});
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status >= 502) sayOffline(true); // a proxy before us, or a server that stops
});
for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, () => sayOffline(true));

/* ---- the stream -------------------------------------------------------------------------------------------------- */

function address() {
  const query = new URLSearchParams();
  for (const region of parts()) query.append("part", region.getAttribute("hx-get"));
  const first = new URL(query.get("part"), location.href);
  query.append("workspace", first.searchParams.get("workspace"));
  return `${STREAM}?${query}`;
}

function hear(event) {
  isHeard = true;
  heardAt = Date.now();
  tries = 0;
  if (event.type === "hello") sayOffline(false);
  if (event.type === "part") show(event.data);
  if (event.type === "again" || event.type === "bye") parts().forEach(ask); // and be led to the sign-in, if need be
}

function open() {
  close();
  if (!parts().length) return;
  heardAt = Date.now();
  source = new EventSource(address());
  for (const type of ["hello", "part", "beat", "again", "bye"]) source.addEventListener(type, hear);
  source.addEventListener("error", retry);
}

function close() {
  clearTimeout(again);
  source?.close();
  source = null;
  isHeard = false;
}

/** Come again, after a while that grows and differs from page to page; meanwhile the parts are asked for. */
function retry() {
  close();
  const wait = Math.min(500 * 2 ** tries++, AGAIN_MAX_MS);
  again = setTimeout(open, wait * (0.5 + Math.random() / 2));
  askAll();
}

function askAll() {
  askedAt = Date.now();
  parts().forEach(ask);
}

/** Once a second: is the line dead, though nobody said so; what could not be shown; what no stream brings. */
function look() {
  const silent = Date.now() - heardAt;
  if (source && silent > SILENT_MS) open();
  for (const id of late) {
    const region = document.getElementById(id);
    if (region && isInUse(region)) continue;
    late.delete(id);
    if (region) ask(region);
  }
  if (!isHeard && Date.now() - askedAt > (document.hidden ? ASKED_HIDDEN_MS : ASKED_MS)) askAll();
}

/** A page that is looked at again, after a while or after the machine has slept, catches up at once. */
function wake() {
  clearTimeout(resting);
  if (document.hidden) resting = setTimeout(close, HIDDEN_MS);
  else if (!source || Date.now() - heardAt > SILENT_MS / 2) open();
}

if (parts().length) {
  document.addEventListener("visibilitychange", wake);
  addEventListener("offline", () => sayOffline(true));
  addEventListener("online", open);
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => event.persisted && open());
  setInterval(look, 1000);
  askedAt = Date.now();
  open();
}
tellFailures();
