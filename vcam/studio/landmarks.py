"""Which vertices of the head model are the 68 landmarks of the iBUG convention."""

import numpy as np

# ICT-FaceKit's published list, but for point 67: there it names a vertex at an eye corner; the
# mirror of point 65 (vertex 6470) is vertex 5966 (measured: notes/lite_training.md section 1).
LANDMARKS_68 = np.array(
    [
        *(1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272),
        *(4088, 3443),  # jaw line, from the announcer's right ear to the left
        *(268, 493, 1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509),  # brows
        *(978, 4527, 4942, 4857, 1140, 2075, 1147, 4269, 3360),  # nose
        *(1507, 1542, 1537, 1528, 1518, 1511),  # the right eye
        *(3742, 3751, 3756, 3721, 3725, 3732),  # the left eye
        *(5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957, 5841),  # outer lips
        *(5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966),  # inner lips
    ],
    np.int32,
)
RIGHT_EYE = slice(36, 42)
LEFT_EYE = slice(42, 48)
OUTER_LIPS = slice(48, 60)
INNER_LIPS = slice(60, 68)
