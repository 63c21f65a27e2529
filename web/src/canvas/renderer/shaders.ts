/** The shaders of the WebGL2 renderer: one for picture tiles, one for label tiles. */

export const TILE_VERTEX = `#version 300 es
in vec2 corner;
uniform vec4 place;    // left, top, width, height in clip space
uniform vec2 pixels;   // how much of the tile is used, in its pixels
out vec2 at;           // in the tile's pixels
void main() {
  at = corner * pixels;
  gl_Position = vec4(place.x + corner.x * place.z, place.y - corner.y * place.w, 0.0, 1.0);
}`;

export const PICTURE_FRAGMENT = `#version 300 es
precision highp float;
in vec2 at;
uniform sampler2D picture;
uniform vec2 size;
uniform float brightness;
uniform float contrast;
uniform float gamma;
out vec4 color;
void main() {
  vec3 c = texture(picture, at / size).rgb;
  c = clamp((c - 0.5) * contrast + 0.5 + brightness, 0.0, 1.0);
  if (gamma != 1.0) c = pow(c, vec3(1.0 / gamma));
  color = vec4(c, 1.0);
}`;

export const LABEL_FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
in vec2 at;
uniform usampler2D segments;
uniform usampler2D right;
uniform usampler2D below;
uniform usampler2D other;
uniform usampler2D objects;
uniform sampler2D colors;
uniform usampler2D flags;
uniform ivec2 used;        // pixels of the tile that lie inside the image
uniform bvec3 has;         // right, below, other
uniform int view;          // 0 semantic, 1 instance, 2 panoptic
uniform int fill;          // 0 fill, 1 outline, 2 pattern
uniform int compare;       // 0 off, 1 split, 2 other only, 3 difference
uniform float splitX;      // device pixels
uniform float opacity;
uniform float scale;       // device pixels per pixel of the tile
uniform bool showUnlabelled;
uniform float dpr;
out vec4 color;

const uint FIRST_OBJECT = 65536u;
const uint IGNORE = 65535u;

uint segmentAt(ivec2 p) {
  if (p.x >= 512) return has.x ? texelFetch(right, ivec2(p.x - 512, p.y), 0).r : 0u;
  if (p.y >= 512) return has.y ? texelFetch(below, ivec2(p.x, p.y - 512), 0).r : 0u;
  return texelFetch(segments, p, 0).r;
}

uint classOf(uint s) {
  if (s < FIRST_OBJECT) return s;
  int index = int(s - FIRST_OBJECT);
  return texelFetch(objects, ivec2(index & 4095, index >> 12), 0).r;
}

uint scramble(uint s) {
  uint m = s * 2654435761u;
  return m ^ (m >> 15);
}

vec3 ownColor(uint s) {
  uint m = scramble(s);
  return vec3(64u + (m & 127u) * 3u / 2u, 64u + ((m >> 8) & 127u) * 3u / 2u, 64u + ((m >> 16) & 127u) * 3u / 2u) / 255.0;
}

vec4 colorOf(uint s) {
  uint c = classOf(s);
  ivec2 place = ivec2(int(c & 255u), int(c >> 8));
  vec4 found = texelFetch(colors, place, 0);
  if (c == 0u || found.a == 0.0) return vec4(0.0);
  if (view == 0) return vec4(found.rgb, 1.0);
  bool isObject = s >= FIRST_OBJECT;
  if (view == 1) {
    if (isObject) return vec4(ownColor(s), 1.0);
    bool isThing = (texelFetch(flags, place, 0).r & 128u) != 0u;
    return isThing ? vec4(found.rgb, 0.55) : vec4(vec3(0.5), 0.12);
  }
  if (!isObject) return vec4(found.rgb, 1.0);
  float shade = 0.6 + float(scramble(s) & 255u) / 255.0 * 0.8;
  return vec4(clamp(found.rgb * shade, 0.0, 1.0), 1.0);
}

uint keyOf(uint s) { return view == 0 ? classOf(s) : s; }

bool isBorder(ivec2 p, uint s) {
  vec2 f = fract(at) * scale;
  float w = 1.1 * dpr;
  int reach = scale >= 1.0 ? 1 : int(ceil(1.0 / scale));
  uint k = keyOf(s);
  bool r = (scale < 2.0 || scale - f.x < w) && keyOf(segmentAt(p + ivec2(reach, 0))) != k && p.x + reach < used.x + (has.x ? 512 : 0);
  bool b = (scale < 2.0 || scale - f.y < w) && keyOf(segmentAt(p + ivec2(0, reach))) != k && p.y + reach < used.y + (has.y ? 512 : 0);
  bool l = scale >= 2.0 && f.x < w && p.x > 0 && keyOf(segmentAt(p - ivec2(1, 0))) != k;
  bool t = scale >= 2.0 && f.y < w && p.y > 0 && keyOf(segmentAt(p - ivec2(0, 1))) != k;
  return r || b || l || t;
}

bool isInPattern(uint s) {
  uint c = classOf(s);
  uint pattern = texelFetch(flags, ivec2(int(c & 255u), int(c >> 8)), 0).r & 7u;
  vec2 q = gl_FragCoord.xy / dpr;
  float d = 9.0;
  if (pattern == 0u) return mod(q.x + q.y, d) < 3.0;
  if (pattern == 1u) return mod(q.x - q.y, d) < 3.0;
  if (pattern == 2u) return mod(q.x, d) < 3.0;
  if (pattern == 3u) return mod(q.y, d) < 3.0;
  if (pattern == 4u) return length(mod(q, d) - d * 0.5) < 2.3;
  if (pattern == 5u) return mod(q.x, d) < 2.0 || mod(q.y, d) < 2.0;
  if (pattern == 6u) return mod(q.x + q.y, d) < 2.0 || mod(q.x - q.y, d) < 2.0;
  return mod(floor(q.x / 5.0) + floor(q.y / 5.0), 2.0) < 1.0;
}

void main() {
  ivec2 p = ivec2(clamp(floor(at), vec2(0.0), vec2(used - 1)));
  uint mine = texelFetch(segments, p, 0).r;
  uint theirs = has.z ? texelFetch(other, p, 0).r : 0u;
  bool takesOther = has.z && (compare == 2 || (compare == 1 && gl_FragCoord.x > splitX));
  uint s = takesOther ? theirs : mine;
  if (compare == 3) {
    bool differs = has.z && classOf(mine) != classOf(theirs) && theirs != 0u;
    color = differs ? vec4(0.86, 0.16, 0.16, 1.0) * max(opacity, 0.6) : vec4(0.0);
    return;
  }
  vec4 found = colorOf(s);
  if (s == 0u && showUnlabelled) {
    vec2 q = gl_FragCoord.xy / dpr;
    bool dark = mod(floor(q.x / 6.0) + floor(q.y / 6.0), 2.0) < 1.0;
    color = vec4(vec3(dark ? 0.15 : 0.85), 1.0) * 0.55;
    return;
  }
  // Looking at neighbours costs most of a frame where there is no graphics card.
  bool showsBorder = !takesOther && (fill != 0 || view != 0);
  bool border = showsBorder && isBorder(p, s);
  float strength = found.a * opacity;
  if (fill == 1) strength = border ? found.a : 0.0;
  if (fill == 2) strength = border || isInPattern(s) ? found.a * max(opacity, 0.5) : found.a * opacity * 0.25;
  if (fill == 0 && border && found.a > 0.0 && view != 0) {
    found.rgb *= 0.35;
    strength = max(strength, 0.8);
  }
  if (classOf(s) == IGNORE && fill == 0 && mod(gl_FragCoord.x + gl_FragCoord.y, 12.0 * dpr) < 5.0 * dpr) strength *= 0.55;
  color = vec4(found.rgb, 1.0) * strength;
}`;
