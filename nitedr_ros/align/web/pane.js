// A window onto an image: wheel zooms around the pointer, dragging moves, R = CSS pixels.
class View {
  constructor(element, width, height, onChange) {
    Object.assign(this, { element, width, height, onChange, fitted: true });
    this.scale = 1;
    this.left = 0;
    this.top = 0;
    element.addEventListener('wheel', (event) => {
      event.preventDefault();
      const step = event.deltaMode ? event.deltaY * 30 : event.deltaY;
      this.zoom(Math.exp(-Math.max(-240, Math.min(240, step)) * 0.0025), event.offsetX, event.offsetY);
    }, { passive: false });
    new ResizeObserver(() => { if (this.fitted) this.fit(); else this.onChange(); }).observe(element);
    this.fit();
  }

  get fitScale() {
    const { clientWidth, clientHeight } = this.element;
    return Math.max(0.01, Math.min(clientWidth / this.width, clientHeight / this.height));
  }

  fit() {
    const { clientWidth, clientHeight } = this.element;
    this.scale = this.fitScale;
    this.left = (clientWidth - this.width * this.scale) / 2;
    this.top = (clientHeight - this.height * this.scale) / 2;
    this.fitted = true;
    this.onChange();
  }

  zoom(factor, x = this.element.clientWidth / 2, y = this.element.clientHeight / 2) {
    const scale = Math.max(0.5 * this.fitScale, Math.min(64, this.scale * factor));
    this.left = x - (x - this.left) * scale / this.scale;
    this.top = y - (y - this.top) * scale / this.scale;
    this.scale = scale;
    this.fitted = false;
    this.onChange();
  }

  move(dx, dy) {
    this.left += dx;
    this.top += dy;
    this.fitted = false;
    this.onChange();
  }

  // Brings a pixel to the middle unless it is well in sight.
  reveal(point) {
    const [x, y] = this.toElement(point), { clientWidth, clientHeight } = this.element;
    const margin = 40;
    if (x > margin && y > margin && x < clientWidth - margin && y < clientHeight - margin) return;
    if (this.fitted) return;
    this.move(clientWidth / 2 - x, clientHeight / 2 - y);
  }

  // Pixel (0, 0) is the centre of the first pixel.
  toPixel(x, y) {
    return [(x - this.left) / this.scale - 0.5, (y - this.top) / this.scale - 0.5];
  }

  toElement([u, v]) {
    return [(u + 0.5) * this.scale + this.left, (v + 0.5) * this.scale + this.top];
  }
}

const REACH = 11;
const CLICK = 4;

// One image in which points are set, dragged and shown.
// model: what it asks and tells: marks(side), place(side, point), grab(side, mark), ...
class Pane {
  constructor(side, canvas, image, model) {
    Object.assign(this, { side, canvas, image, model, press: null, waiting: false });
    this.view = new View(canvas, image.width, image.height, () => this.redraw());
    canvas.addEventListener('pointerdown', (event) => this.down(event));
    canvas.addEventListener('pointermove', (event) => this.hover(event));
    canvas.addEventListener('pointerup', (event) => this.up(event));
    canvas.addEventListener('pointercancel', () => { this.press = null; });
    canvas.addEventListener('pointerleave', () => this.model.point(this.side, null));
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
  }

  clamp([u, v]) {
    return [
      Math.max(-0.5, Math.min(this.image.width - 0.5, u)),
      Math.max(-0.5, Math.min(this.image.height - 0.5, v)),
    ];
  }

  inside([u, v]) {
    return u >= -0.5 && v >= -0.5 && u <= this.image.width - 0.5 && v <= this.image.height - 0.5;
  }

  markAt(x, y) {
    let best = null, nearest = REACH;
    for (const mark of this.model.marks(this.side)) {
      if (mark.guess) continue;
      const [mx, my] = this.view.toElement(mark.point);
      const distance = Math.hypot(mx - x, my - y);
      if (distance <= nearest) [best, nearest] = [mark, distance];
    }
    return best;
  }

  down(event) {
    this.canvas.focus({ preventScroll: true });
    const { offsetX: x, offsetY: y } = event;
    const mark = event.button === 0 ? this.markAt(x, y) : null;
    this.press = { x, y, lastX: x, lastY: y, mark, moved: false, button: event.button };
    this.canvas.setPointerCapture(event.pointerId);
    if (mark) this.model.select(mark.id, this.side);
  }

  hover(event) {
    const { offsetX: x, offsetY: y } = event, press = this.press;
    const pixel = this.view.toPixel(x, y);
    this.model.point(this.side, this.inside(pixel) ? pixel : null);
    if (!press) {
      this.canvas.style.cursor = this.markAt(x, y) ? 'grab' : 'crosshair';
      return;
    }
    if (!press.moved && Math.hypot(x - press.x, y - press.y) <= CLICK) return;
    if (!press.moved && press.mark) this.model.remember();
    press.moved = true;
    this.canvas.style.cursor = 'grabbing';
    const dx = x - press.lastX, dy = y - press.lastY;
    press.lastX = x;
    press.lastY = y;
    if (press.mark) {
      // From where the mark was, so that taking hold of its rim doesn't move it.
      const [mx, my] = this.view.toElement(press.mark.point);
      this.model.move(press.mark.id, this.side,
        this.clamp(this.view.toPixel(mx + x - press.x, my + y - press.y)));
    } else {
      this.view.move(dx, dy);
    }
  }

  up(event) {
    const press = this.press;
    this.press = null;
    this.canvas.style.cursor = 'crosshair';
    if (!press || press.moved || press.mark || press.button !== 0) return;
    const pixel = this.view.toPixel(event.offsetX, event.offsetY);
    if (this.inside(pixel)) this.model.place(this.side, pixel);
  }

  redraw() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => { this.pending = 0; this.draw(); });
  }

  draw() {
    const { canvas, view } = this, ratio = window.devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * ratio), height = Math.round(canvas.clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext('2d');
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.imageSmoothingEnabled = view.scale * ratio < 3;
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.image.canvas, view.left, view.top,
      this.image.width * view.scale, this.image.height * view.scale);
    const mirrored = this.model.mirrored(this.side);
    if (mirrored) this.drawCross(context, view.toElement(mirrored));
    for (const mark of this.model.marks(this.side)) this.drawMark(context, mark);
  }

  drawCross(context, [x, y]) {
    context.beginPath();
    for (const [ux, uy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(x + 4 * ux, y + 4 * uy);
      context.lineTo(x + 16 * ux, y + 16 * uy);
    }
    stroke(context, '#fff', 1);
  }

  drawMark(context, { point, colour, label, selected, guess, worst, fitted }) {
    const [x, y] = this.view.toElement(point);
    if (fitted) {
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(...this.view.toElement(fitted));
      stroke(context, colour, 1.5);
    }
    const radius = selected ? 11 : 8;
    context.beginPath();
    if (guess) context.setLineDash([4, 4]);
    context.arc(x, y, radius, 0, 2 * Math.PI);
    stroke(context, colour, selected ? 2.5 : 1.75);
    context.setLineDash([]);
    // The middle stays free: there lies the point.
    context.beginPath();
    for (const [ux, uy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(x + 2.5 * ux, y + 2.5 * uy);
      context.lineTo(x + radius * ux, y + radius * uy);
    }
    stroke(context, colour, 1);
    if (worst) {
      context.beginPath();
      context.arc(x, y, radius + 5, 0, 2 * Math.PI);
      stroke(context, '#ff4d4d', 1.75);
    }
    context.font = '600 13px system-ui, sans-serif';
    context.lineWidth = 3.5;
    context.lineJoin = 'round';
    context.strokeStyle = '#000c';
    context.strokeText(label, x + radius + 2, y - radius + 1);
    context.fillStyle = colour;
    context.fillText(label, x + radius + 2, y - radius + 1);
  }
}

function stroke(context, colour, width) {
  context.lineWidth = width + 2;
  context.strokeStyle = '#000a';
  context.stroke();
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.stroke();
}
