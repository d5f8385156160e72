// Runs in the browser beside the pages, also when none is open: shows what is pushed, and opens the event on a click.

const SIZE = 96;
const DRAWN_WITHIN_MS = 3000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(show(event.data)));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.path));
});

/** Show a message. Browsers insist that every push shows something, so one that cannot be read does, too. */
async function show(data) {
  const message = read(data);
  await self.registration.showNotification(message.title, {
    body: message.body,
    tag: message.tag,
    timestamp: message.at,
    icon: await Promise.race([drawn(message.color), late()]),
    requireInteraction: message.isCritical,
    data: { path: message.event ? `/dashboard/events/${encodeURIComponent(message.event)}` : "/dashboard/events" },
  });
}

function read(data) {
  try {
    return data.json();
  } catch {
    return { title: "PingPilot", body: "Something happened. Open the dashboard to see it." };
  }
}

/** The category's colour as a picture; without one where the browser cannot draw here. */
async function drawn(color) {
  try {
    const canvas = new OffscreenCanvas(SIZE, SIZE);
    const pen = canvas.getContext("2d");
    pen.fillStyle = color;
    pen.arc(SIZE / 2, SIZE / 2, SIZE / 2, 0, 2 * Math.PI);
    pen.fill();
    const bytes = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
    return `data:image/png;base64,${btoa(String.fromCharCode(...bytes))}`;
  } catch {
    return undefined;
  }
}

/** Nothing, after a while: a notice without its picture is better than none. */
function late() {
  return new Promise((done) => setTimeout(done, DRAWN_WITHIN_MS));
}

/** Go to a page of ours: in the window that shows it, else in one that is open, else in a new one. */
async function open(path) {
  const url = new URL(path, self.location.origin).href;
  const windows = await self.clients.matchAll({ type: "window" });
  const there = windows.find((one) => one.url === url);
  if (there) return there.focus();
  return self.clients.openWindow(url);
}
