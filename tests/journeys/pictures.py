"""Pictures for docs/tour, small enough to keep: at most 256 colors, packed as tightly as PNG allows."""

import base64
import struct
import zlib

# The browser reads its own picture back: its 256 commonest colors, and for each pixel which of them is nearest.
READ = """async (picture) => {
  const image = await createImageBitmap(await (await fetch("data:image/png;base64," + picture)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const pixels = new Uint32Array(pen.getImageData(0, 0, image.width, image.height).data.buffer);
  const counts = new Map();
  for (const color of pixels) counts.set(color, (counts.get(color) || 0) + 1);
  const colors = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a)).slice(0, 256);
  const parts = (color) => [color & 255, (color >> 8) & 255, (color >> 16) & 255];
  const kept = colors.map(parts), nearest = new Map();
  for (const color of counts.keys()) {
    const [r, g, b] = parts(color);
    let best = 0, least = Infinity;
    kept.forEach(([x, y, z], at) => {
      const far = (r - x) ** 2 + (g - y) ** 2 + (b - z) ** 2;
      if (far < least) [best, least] = [at, far];
    });
    nearest.set(color, best);
  }
  const marks = Uint8Array.from(pixels, (color) => nearest.get(color));
  let text = "";
  for (let at = 0; at < marks.length; at += 32768) text += String.fromCharCode(...marks.subarray(at, at + 32768));
  return { width: image.width, height: image.height, colors: kept.flat(), marks: btoa(text) };
}"""


def _chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def packed(browser, picture):
    """The PNG as one of few colors, pixel for pixel the same size."""
    page = browser.new_page()
    read = page.evaluate(READ, base64.b64encode(picture).decode())
    page.close()
    width, height, marks = read["width"], read["height"], base64.b64decode(read["marks"])
    rows = b"".join(b"\0" + marks[at : at + width] for at in range(0, width * height, width))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(name, data)
        for name, data in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            (b"PLTE", bytes(read["colors"])),
            (b"IDAT", zlib.compress(rows, 9)),
            (b"IEND", b""),
        )
    )
