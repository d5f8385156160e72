// The start page's demo: what is typed is sent to be made into messages, a moment after the last key. Without this file the
// form has a button.

const form = document.querySelector("form[data-demo]");
const PAUSE_MS = 200;
let timer = 0;
let asked = null;

async function show() {
  asked?.abort();
  asked = new AbortController();
  const query = new URLSearchParams(new FormData(form));
  const answer = await fetch(`${form.dataset.demo}?${query}`, { signal: asked.signal }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["demo-call", "demo-messages"]) document.getElementById(id).replaceWith(page.getElementById(id));
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(show, PAUSE_MS);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
