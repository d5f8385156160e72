// What the pages of the handbook do beyond HTML: samples are copied with one press. Every page works without this file.

const SAMPLES = ".highlight > pre";
const PROMPT = "$ ";
const SAID_MS = 1800;

/** Of a session in a shell, the commands alone: without the prompts, and without what was printed. */
function commandsOf(text) {
  const lines = [];
  let isCommand = false;
  for (const line of text.split("\n")) {
    if (line.startsWith(PROMPT)) isCommand = true;
    if (isCommand) lines.push(line.startsWith(PROMPT) ? line.slice(PROMPT.length) : line);
    isCommand = isCommand && line.endsWith("\\");
  }
  return lines.join("\n");
}

function textOf(sample) {
  const text = sample.textContent.trimEnd();
  return sample.closest(".highlight-console") ? commandsOf(text) : text;
}

/** Also on plain http, where browsers close the modern way. */
async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "aside";
  document.body.append(area);
  area.select();
  const isDone = document.execCommand("copy");
  area.remove();
  if (!isDone) throw new Error("the browser refused to copy");
}

async function onPress(button, sample) {
  try {
    await copy(textOf(sample));
    button.textContent = "Copied";
  } catch {
    button.textContent = "Copy by hand";
  }
  setTimeout(() => (button.textContent = "Copy"), SAID_MS);
}

for (const sample of document.querySelectorAll(SAMPLES)) {
  if (sample.closest(".highlight-text")) continue;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", () => onPress(button, sample));
  sample.parentElement.append(button);
}
