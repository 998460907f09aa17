// Handing the reader a file: the drawing as SVG or PNG, and texts that the kernel makes (DOT, a page of HTML).

const SCALE = 2; // points of the picture for each point of the drawing

export function svgFile(svg: string, name: string): void {
  const whole = svg.includes("xmlns=") ? svg : svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ');
  hand(new Blob([whole], { type: "image/svg+xml" }), name + ".svg");
}

/** The drawing as a picture of points. An SVG in an <img> runs nothing and fetches nothing. */
export async function pngFile(svg: string, name: string): Promise<void> {
  const [, width, height] = /width="([\d.]+)pt"\s+height="([\d.]+)pt"/.exec(svg) ?? [];
  const image = new Image();
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    await new Promise((done, fail) => {
      image.onload = done;
      image.onerror = () => fail(new Error("This drawing cannot be made a PNG here."));
      image.src = address;
    });
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.ceil(Number(width ?? 800) * SCALE), Math.ceil(Number(height ?? 600) * SCALE)];
    canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
    if (blob !== null) hand(blob, name + ".png");
  } finally {
    URL.revokeObjectURL(address);
  }
}

export function textFile(text: string, name: string, type: string): void {
  hand(new Blob([text], { type }), name);
}

function hand(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
