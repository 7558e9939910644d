"""What the rain of training is drawn from."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nitedr_ros.training.rain.ranges import LogRange, Range


class _Section(BaseModel):
    model_config = ConfigDict(extra='forbid', frozen=True)


class KindShares(_Section):
    """How much of a batch has which kind of rain; the shares are relative to their sum."""

    dry: float = Field(0.04, ge=0, description='no rain: the target is the input, noise and all')
    fine: float = Field(0.12, ge=0, description='far rain: many short, thin streaks')
    near: float = Field(0.2, ge=0, description='near drops: long, wide, faint streaks')
    veil: float = Field(0.22, ge=0, description='scattering of rain too far to be resolved')
    lens: float = Field(0.18, ge=0, description='drops on the lens')
    film: float = Field(0.03, ge=0, description='water smeared over the lens')
    glare: float = Field(0.03, ge=0, description='halos around lamps')
    storm: float = Field(0.05, ge=0, description='all of it together')
    plain: float = Field(0.09, ge=0, description='bright narrow streaks blended over the picture')

    @model_validator(mode='after')
    def _any(self) -> KindShares:
        if not any(value for kind, value in self.model_dump().items() if kind != 'dry'):
            raise ValueError('expected a share above 0 for some kind of rain, all are 0')
        return self


class BankRanges(_Section):
    """The textures that are drawn once: each streak layer is one shell of depth of one shower."""

    layers: int = Field(16, ge=1, le=256, description='streak layers of each of four classes')
    size: int = Field(512, ge=64, le=2048, description='pixels along a side of a streak layer')
    plates: int = Field(24, ge=1, le=256, description='lens plates with drops')
    plate_size: int = Field(384, ge=64, le=2048, description='pixels along a side of a plate')
    plate_drops: int = Field(28, ge=1, le=200, description='most drops on a plate')
    rate_mmph: LogRange = Field((4.0, 80.0), description='rain rate, mm per hour')
    focal_px: LogRange = Field((450.0, 1200.0), description='focal length, pixels')
    exposure_ms: LogRange = Field((10.0, 33.0), description='exposure time, milliseconds')
    aperture_mm: LogRange = Field((1.0, 6.0), description='diameter of the entrance pupil')
    far_m: LogRange = Field((4.0, 14.0), description='depths of far layers, metres')
    middle_m: LogRange = Field((1.3, 5.0), description='depths of layers between, metres')
    near_m: LogRange = Field((0.12, 1.0), description='depths of near layers, metres')
    plain_length_px: LogRange = Field((12.0, 48.0), description='streaks of the plain kind')
    plain_per_px: LogRange = Field((0.003, 0.025), description='streaks of the plain kind')
    drop_radius_px: LogRange = Field((2.5, 30.0), description='drops on the lens')


class MotionRanges(_Section):
    """How camera and drops move: where the streaks point, and where they spread from."""

    car_mps: Range = Field((0.0, 25.0), description='speed of the car')
    wind_mps: Range = Field((-4.0, 4.0), description='wind across the view')
    fall_mps: Range = Field((5.0, 9.0), description='speed at which the visible drops fall')
    place_x: Range = Field((-0.5, 0.5), description='view direction of a patch, tangent')
    place_y: Range = Field((-0.25, 0.35), description='the same, downwards')
    half_view: Range = Field((0.1, 0.3), description='half the view of a patch, tangent')
    shrinking: LogRange = Field((0.65, 1.4), description='layer pixels per image pixel')
    plain_slant: Range = Field((-0.7, 0.7), description='slant of the plain kind, radians')


class StreakRanges(_Section):
    """How visible streaks are: coverage times radiance, blended over the background."""

    far: LogRange = Field((0.12, 0.7), description='coverage of far streaks')
    middle: LogRange = Field((0.1, 0.7), description='coverage of streaks between')
    near: LogRange = Field((0.05, 0.6), description='coverage of near streaks')
    plain: LogRange = Field((0.15, 0.7), description='coverage of each layer of the plain kind')
    plain_level: Range = Field((0.4, 0.85), description='display level of the plain kind')
    ambient: LogRange = Field((0.4, 3.0), description='radiance as a share of the mean of a patch')
    lit_near: LogRange = Field((0.3, 3.0), description='radiance per light of lamps around')
    lit_wide: LogRange = Field((0.3, 3.0), description='radiance per light of lamps further off')
    headlamp: LogRange = Field((0.01, 0.35), description='radiance in the cone of own headlamps')
    tint: Range = Field((0.95, 1.05), description='gain of each colour')


class VeilRanges(_Section):
    """Koschmieder's law: light lost along the way, and light scattered into it."""

    depth: LogRange = Field((0.06, 1.4), description='optical depth of the farthest scene')
    airlight: LogRange = Field((0.3, 1.6), description='airlight as a share of the mean')
    floor: LogRange = Field((0.006, 0.14), description='least airlight, radiance')
    lit: Range = Field((0.0, 0.6), description='airlight per light of lamps around')
    horizon: Range = Field((-1.2, 1.2), description='row of the horizon, -1 top, 1 bottom')
    approach: LogRange = Field((0.5, 5.0), description='how fast depth falls below the horizon')
    thermal: Range = Field((0.0, 0.8), description='weight of the cold-is-far cue')
    patchy: Range = Field((0.0, 0.5), description='unevenness')
    airlight_tint: Range = Field((0.88, 1.12), description='gain of each colour')


class GlareRanges(_Section):
    """Halos of lamps in wet air and on wet glass."""

    halo: LogRange = Field((0.05, 0.9), description='narrow halo per light of the lamps')
    haze: LogRange = Field((0.03, 0.6), description='wide halo per light of the lamps')
    lamp_boost: LogRange = Field((1.0, 12.0), description='true light of saturated pixels')


class LensRanges(_Section):
    """Water on the lens."""

    opacity: Range = Field((0.4, 1.0), description='how much of the scene a drop replaces')
    zoom: LogRange = Field((1.0, 3.5), description='how much of the scene a drop shows')
    drop_gain: Range = Field((0.75, 1.35), description='brightness of what a drop shows')
    plate_shrinking: LogRange = Field((0.6, 1.6), description='plate pixels per image pixel')
    film_weight: Range = Field((0.2, 0.85), description='share of smeared light')
    film_shift_px: Range = Field((1.0, 14.0), description='how far smeared light is led')
    film_cover: Range = Field((0.1, 0.9), description='share of the picture under the film')


class CameraRanges(_Section):
    """Night, colour of the lamps, and the sensor."""

    gamma: Range = Field((1.9, 2.4), description='display to linear')
    night: float = Field(0.5, ge=0, le=1, description='share of frames that are darkened')
    night_gain: LogRange = Field((0.12, 1.0), description='gain of darkened frames, linear')
    night_contrast: Range = Field((1.0, 1.5), description='exponent of darkened frames')
    cast: Range = Field((0.85, 1.15), description='gain of each colour, linear')
    noisy: float = Field(0.7, ge=0, le=1, description='share of frames with added noise')
    noise_kept: float = Field(
        0.0, ge=0, le=1, description='share of rainy frames whose target has the same noise'
    )
    read: LogRange = Field((0.0001, 0.0012), description='read noise, linear, deviation')
    shot: LogRange = Field((0.001, 0.012), description='shot noise, deviation at radiance 1')
    grain: Range = Field((0.0, 0.9), description='how far noise is smoothed by demosaicing')
    compressed: float = Field(0.35, ge=0, le=1, description='share of frames with JPEG loss')
    quality: Range = Field((45.0, 95.0), description='JPEG quality')


class RainConfig(_Section):
    """Everything that rain is drawn from; a range is written as [lowest, highest]."""

    kinds: KindShares = KindShares()
    bank: BankRanges = BankRanges()
    motion: MotionRanges = MotionRanges()
    streaks: StreakRanges = StreakRanges()
    veil: VeilRanges = VeilRanges()
    glare: GlareRanges = GlareRanges()
    lens: LensRanges = LensRanges()
    camera: CameraRanges = CameraRanges()
