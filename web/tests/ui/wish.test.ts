import { describe, expect, it } from "vitest";
import { framesOf, isVideo, licenceNameOf } from "../../src/pages/collect/wish.ts";

describe("what somebody wants to collect", () => {
  it("asks for frames in one of three ways, never in two", () => {
    const frames = { every_s: 2, moved: 40, lossless: false };
    expect(framesOf({ ...frames, how: "every" })).toEqual({ every_s: 2 });
    expect(framesOf({ ...frames, how: "scene" })).toEqual({ scene: true });
    expect(framesOf({ ...frames, how: "moved", lossless: true })).toEqual({ moved: 40, lossless: true });
  });

  it("knows videos by their names", () => {
    expect(["drive.MP4", "a.mts", "b.m2ts", "c.mpeg"].every(isVideo)).toBe(true);
    expect(["drive.mp4.txt", "mp4", "photos"].some(isVideo)).toBe(false);
  });

  it("finds the name of an open dataset in an address", () => {
    expect(licenceNameOf(" dataset:camvid ")).toBe("camvid");
    expect(licenceNameOf("dataset:")).toBe("");
    expect(licenceNameOf("s3://bucket/dataset:camvid")).toBeNull();
  });
});
