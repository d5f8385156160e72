// Returns what is wrong with the page as it stands: one sentence each. Source of the limits: WCAG 2.2 (1.4.3, 2.5.8, 4.1.2),
// and our own 44 px for fingers.
() => {
  const wrong = new Set();
  const isShown = (element) =>
    element.getClientRects().length > 0 &&
    getComputedStyle(element).visibility !== "hidden" &&
    !element.closest(".visually-hidden, .skip, [hidden]");
  const said = (element) => `${element.tagName.toLowerCase()} "${(element.textContent || element.name || "").trim().slice(0, 40)}"`;

  /* ---- contrast ---- */
  const channels = (color) => {
    const numbers = color.match(/[\d.]+/g).map(Number);
    const scale = color.startsWith("color(") ? 255 : 1;
    return [...numbers.slice(0, 3).map((value) => value * scale), numbers[3] ?? 1];
  };
  const over = (top, bottom) => bottom.map((value, index) => value * (1 - top[3]) + top[index] * top[3]);
  const ground = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      layers.push(channels(getComputedStyle(at).backgroundColor));
      if (layers.at(-1)[3] === 1) break;
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const light = (color) => {
    const [red, green, blue] = color.map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !isShown(element)) continue;
    const style = getComputedStyle(element);
    const below = ground(element);
    const [dark, bright] = [light(over(channels(style.color), below)), light(below)].sort((a, b) => a - b);
    const ratio = (bright + 0.05) / (dark + 0.05);
    if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) wrong.add(`contrast ${ratio.toFixed(2)}: ${said(element)}`);
  }

  /* ---- fingers ---- */
  if (innerWidth < 500) {
    for (const element of document.querySelectorAll("a, button, select, input:not([type=hidden])")) {
      const coversMore = getComputedStyle(element, "::after").position === "absolute";
      const isInText = element.tagName === "A" && getComputedStyle(element).display === "inline" && element.closest("p, dd, li");
      if (!isShown(element) || coversMore || isInText) continue;
      const box = (element.closest("label") ?? element).getBoundingClientRect();
      if (Math.min(box.width, box.height) < 43.5) wrong.add(`${Math.round(box.width)}×${Math.round(box.height)} px: ${said(element)}`);
    }
  }

  /* ---- within reach ---- */
  for (const element of document.querySelectorAll("a[href], button, select, input:not([type=hidden])")) {
    if (!isShown(element) || !element.checkVisibility() || element.closest(".toast")) continue;
    element.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
    const box = element.getClientRects()[0];
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const label = element.closest("label");
    const isReached = top && (element.contains(top) || top.contains(element) || label?.contains(top));
    if (!isReached && !top?.closest(".toast")) wrong.add(`${said(element)} is covered by ${top ? said(top) : "nothing"}`);
  }
  scrollTo({ top: 0, behavior: "instant" });

  /* ---- names and order ---- */
  for (const element of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (!element.labels.length && !element.ariaLabel) wrong.add(`no label: ${element.name}`);
  }
  for (const element of document.querySelectorAll("a, button")) {
    if (!element.textContent.trim() && !element.ariaLabel) wrong.add(`no name: ${element.outerHTML.slice(0, 80)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of ids.filter((id, index) => ids.indexOf(id) !== index)) wrong.add(`two of id ${id}`);
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].filter(isShown).map((heading) => Number(heading.tagName[1]));
  levels.forEach((level, index) => {
    if (level > (levels[index - 1] ?? 0) + 1) wrong.add(`heading ${level} after ${levels[index - 1] ?? "nothing"}`);
  });

  /* ---- width ---- */
  const excess = document.documentElement.scrollWidth - innerWidth;
  if (excess > 0) wrong.add(`${excess} px too wide`);
  return [...wrong];
}
