// An image whose contrast and brightness can be changed without touching its pixels.
class TonedImage {
  constructor(image) {
    this.width = image.naturalWidth;
    this.height = image.naturalHeight;
    this.canvas = document.createElement('canvas');
    this.canvas.width = this.width;
    this.canvas.height = this.height;
    this.context = this.canvas.getContext('2d', { willReadFrequently: true });
    this.context.drawImage(image, 0, 0);
    this.source = this.context.getImageData(0, 0, this.width, this.height);
    this.findRange();
    this.setTone({ brightness: this.fairBrightness, contrast: 0, inverted: false });
  }

  // Night images are dark: nearly all levels in use are stretched over the whole range, and the
  // brightness to begin with lifts the middle one.
  findRange() {
    const counts = new Uint32Array(256), data = this.source.data;
    for (let i = 1; i < data.length; i += 4) counts[data[i]]++;
    const level = (part) => {
      let left = part * data.length / 4, at = 0;
      while (at < 255 && (left -= counts[at]) > 0) at++;
      return at;
    };
    this.low = level(0.005);
    this.high = Math.max(this.low + 16, level(0.995));
    const median = Math.max(0.01, (level(0.5) - this.low) / (this.high - this.low));
    const stops = Math.log2(Math.log(median) / Math.log(0.3));
    this.fairBrightness = Math.round(10 * Math.max(0, Math.min(1.5, stops || 0))) / 10;
  }

  // brightness: stops of gamma, contrast: doublings around mid grey; 0 adds nothing.
  setTone({ brightness, contrast, inverted }) {
    this.table = new Uint8ClampedArray(256);
    const gamma = 2 ** -brightness, gain = 2 ** contrast;
    for (let level = 0; level < 256; level++) {
      const part = Math.max(0, Math.min(1, (level - this.low) / (this.high - this.low)));
      const value = (part ** gamma - 0.5) * gain + 0.5;
      this.table[level] = 255 * (inverted ? 1 - value : value);
    }
    const from = this.source.data, toned = new ImageData(this.width, this.height);
    for (let i = 0; i < from.length; i += 4) {
      toned.data[i] = this.table[from[i]];
      toned.data[i + 1] = this.table[from[i + 1]];
      toned.data[i + 2] = this.table[from[i + 2]];
      toned.data[i + 3] = 255;
    }
    this.context.putImageData(toned, 0, 0);
  }

  // Draws where the toned image changes sharply (Sobel) into a canvas of its size, else clear.
  drawEdges(canvas, [red, green, blue]) {
    const { width, height } = this;
    const from = this.source.data, table = this.table;
    const grey = (x, y) => table[from[4 * (y * width + x)]];
    const edges = new ImageData(width, height), strengths = new Float32Array(width * height);
    for (let y = 1; y < height - 1; y++) {
      for (let x = 1; x < width - 1; x++) {
        const a = grey(x - 1, y - 1), b = grey(x, y - 1), c = grey(x + 1, y - 1);
        const d = grey(x - 1, y), f = grey(x + 1, y);
        const g = grey(x - 1, y + 1), h = grey(x, y + 1), k = grey(x + 1, y + 1);
        const across = c + 2 * f + k - a - 2 * d - g, down = g + 2 * h + k - a - 2 * b - c;
        strengths[y * width + x] = Math.hypot(across, down);
      }
    }
    // The strongest twentieth is drawn in full, whatever the contrast of the image.
    const strong = Math.max(40, strengths.slice().sort()[Math.floor(0.95 * strengths.length)]);
    strengths.forEach((strength, index) => {
      edges.data.set([red, green, blue, 255 * (1.6 * strength / strong - 0.6)], 4 * index);
    });
    canvas.width = width;
    canvas.height = height;
    canvas.getContext('2d').putImageData(edges, 0, 0);
  }
}
