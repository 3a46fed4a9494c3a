"""The shape of the bird: outlines and landmarks in *bird units*.

The bird is designed once: it looks to the right, x runs from the tail (about -1) to the tip of the beak (about +1),
y points down. A pose moves these points; nothing here knows about pixels.
"""

import numpy as np

# Outline of head and body, clockwise from the upper root of the beak.
HEAD_AND_BODY = np.array([
    (0.600, -0.530), (0.530, -0.660), (0.370, -0.730), (0.200, -0.680), (0.090, -0.540), (-0.060, -0.370),
    (-0.280, -0.220), (-0.500, -0.060), (-0.680, 0.110), (-0.660, 0.200), (-0.460, 0.370), (-0.200, 0.470),
    (0.060, 0.460), (0.290, 0.300), (0.430, 0.060), (0.500, -0.160), (0.530, -0.310), (0.590, -0.400)])
CROWN = np.array([(0.70, -0.56), (0.56, -0.80), (0.30, -0.86), (0.08, -0.70), (0.12, -0.55), (0.32, -0.575),
                  (0.48, -0.555)])
NAPE = np.array([(0.66, -0.52), (0.40, -0.76), (0.02, -0.74), (-0.14, -0.34), (0.10, -0.24), (0.34, -0.36),
                 (0.56, -0.42)])
THROAT = np.array([(0.70, -0.43), (0.50, -0.445), (0.36, -0.36), (0.30, -0.20), (0.46, -0.13), (0.66, -0.20)])
BREAST = np.array([(0.40, -0.25), (0.14, -0.20), (0.06, 0.02), (0.12, 0.22), (0.30, 0.40), (0.60, 0.20),
                   (0.66, -0.20)])
BELLY = np.array([(-0.74, 0.16), (-0.30, 0.02), (0.10, 0.00), (0.34, 0.16), (0.42, 0.50), (-0.10, 0.66),
                  (-0.62, 0.50)])
WING = np.array([(0.180, -0.120), (0.050, -0.180), (-0.180, -0.115), (-0.430, 0.015), (-0.740, 0.165),
                 (-0.480, 0.190), (-0.200, 0.200), (0.050, 0.120), (0.165, 0.010)])
FEATHERS = (((0.040, 0.040), (-0.180, 0.130), (-0.520, 0.155)), ((0.010, -0.035), (-0.200, 0.060), (-0.560, 0.135)),
            ((-0.050, -0.095), (-0.240, -0.010), (-0.560, 0.110)))
TAILS = {"short": np.array([(-0.52, 0.00), (-0.74, 0.12), (-0.93, 0.25), (-0.90, 0.36), (-0.70, 0.30), (-0.50, 0.24)]),
         "long": np.array([(-0.52, 0.00), (-0.82, 0.16), (-1.18, 0.38), (-1.14, 0.50), (-0.80, 0.35), (-0.50, 0.24)])}
BEAKS = {"short": np.array([(0.54, -0.545), (0.66, -0.52), (0.80, -0.455), (0.67, -0.41), (0.55, -0.39)]),
         "cone": np.array([(0.53, -0.585), (0.68, -0.555), (0.86, -0.445), (0.68, -0.355), (0.55, -0.355)]),
         "long": np.array([(0.54, -0.545), (0.74, -0.52), (1.14, -0.45), (0.74, -0.42), (0.55, -0.40)]),
         "hooked": np.array([(0.53, -0.575), (0.72, -0.575), (0.88, -0.47), (0.84, -0.30), (0.75, -0.40),
                             (0.55, -0.365)])}
BEAK_TIPS = {"short": (0.80, -0.455), "cone": (0.86, -0.445), "long": (1.14, -0.45), "hooked": (0.84, -0.30)}
LONGEST = 0.89                  # long beaks and tails shrink the bird rather than leave the picture
EYE_CENTRE, EYE_RADIUS = (0.435, -0.535), 0.052
NECK = np.array((0.20, -0.42))          # the head turns about this point
HIPS = ((-0.02, 0.40), (0.14, 0.38))    # far and near leg; feet hang straight down whatever the tilt
LEG_LENGTH, LEG_WIDTH = 0.36, 0.062
HEAD_SCALE = {"small": 1.14, "medium": 1.0, "large": 0.90}      # small birds have big heads

# Where the 15 CUB keypoints sit on the bird; x and y in bird units. "near" and "far" become left and right.
POINTS = {"back": (-0.16, -0.20), "belly": (-0.08, 0.30), "breast": (0.36, 0.10), "crown": (0.33, -0.68),
          "forehead": (0.52, -0.62), "nape": (0.10, -0.50), "throat": (0.50, -0.33), "near eye": EYE_CENTRE,
          "far eye": EYE_CENTRE, "near wing": (-0.20, 0.03), "far wing": (-0.20, 0.03)}
ANKLE = (-0.035, 0.45)                  # levels 2 and 3: back in bird units, down as a share of the leg
LEG_POINT = 0.6                         # the keypoint of a leg lies this far down from hip to foot

# From here on: levels 2 and 3.
RAISED_WING = np.array([
    (0.18, -0.14), (0.13, -0.46), (0.02, -0.80), (-0.14, -1.06), (-0.34, -1.26), (-0.50, -1.34), (-0.50, -1.22),
    (-0.64, -1.22), (-0.61, -1.07), (-0.75, -1.02), (-0.69, -0.87), (-0.80, -0.79), (-0.71, -0.65), (-0.77, -0.54),
    (-0.62, -0.42), (-0.61, -0.28), (-0.42, -0.18), (-0.20, -0.02), (0.04, 0.06)])
SHOULDER = np.array((0.06, -0.10))      # the raised far wing is the near one, turned about this point
FAR_WING = (0.62, 0.92)                 # by this angle in radians, and at this scale
RAISED_POINTS = {"near wing": (-0.34, -0.62), "far wing": (0.06, -0.90)}
FOLDED_SPAN = ((0.16, -0.07), (-0.74, 0.165))       # from the shoulder to the tip of the folded wing
BODY_AXIS = ((0.42, -0.40), (-0.62, 0.20))          # feathers lie along this line, from the head to the tail
GAPE = {"short": (0.55, -0.468), "cone": (0.545, -0.462), "long": (0.545, -0.474), "hooked": (0.545, -0.462)}
WATERLINE = 0.33                        # how deep a swimming bird sits: bird units below its centre
