// Thermal over visible, warped by the browser: a homography is a perspective transform of CSS.
class Overlay {
  constructor(element, visible, thermal) {
    this.thermal = thermal;
    this.stage = element.querySelector('.stage');
    this.warped = document.createElement('div');
    this.edges = document.createElement('canvas');
    this.warped.className = 'warped';
    this.warped.append(thermal.canvas, this.edges);
    this.stage.append(visible.canvas, this.warped);
    Object.assign(this.stage.style, { width: `${visible.width}px`, height: `${visible.height}px` });
    this.mode = 'blend';
    this.opacity = 0.5;
    this.hidden = false;
    this.view = new View(element, visible.width, visible.height, () => {
      const { left, top, scale } = this.view || { left: 0, top: 0, scale: 1 };
      this.stage.style.transform = `translate(${left}px, ${top}px) scale(${scale})`;
    });
    this.view.onChange();
    let last = null;
    element.addEventListener('pointerdown', (event) => {
      last = [event.clientX, event.clientY];
      element.setPointerCapture(event.pointerId);
    });
    element.addEventListener('pointermove', (event) => {
      if (!last) return;
      this.view.move(event.clientX - last[0], event.clientY - last[1]);
      last = [event.clientX, event.clientY];
    });
    for (const end of ['pointerup', 'pointercancel']) {
      element.addEventListener(end, () => { last = null; });
    }
  }

  // back: from thermal to visible pixels, or null where there is none yet.
  setHomography(back) {
    this.warped.hidden = !back;
    if (!back) return;
    // CSS counts from the outer border, half a pixel before the first pixel's centre.
    const shifted = multiply([1, 0, 0.5, 0, 1, 0.5, 0, 0, 1], multiply(back, [1, 0, -0.5, 0, 1, -0.5, 0, 0, 1]));
    const [a, b, c, d, e, f, g, h, i] = shifted;
    this.warped.style.transform = `matrix3d(${[a, d, 0, g, b, e, 0, h, 0, 0, 1, 0, c, f, 0, i].join(',')})`;
  }

  redraw() {
    const showsEdges = this.mode === 'edges';
    if (showsEdges) this.thermal.drawEdges(this.edges, [255, 140, 0]);
    this.edges.hidden = !showsEdges;
    this.thermal.canvas.hidden = showsEdges;
    this.warped.style.opacity = this.hidden ? 0 : this.opacity;
  }
}

function multiply(a, b) {
  return a.map((_, index) => {
    const row = 3 * Math.floor(index / 3), column = index % 3;
    return a[row] * b[column] + a[row + 1] * b[column + 3] + a[row + 2] * b[column + 6];
  });
}
