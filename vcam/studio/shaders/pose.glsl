// The head's turn about the neck; the same as vcam/studio/pose.py.
uniform vec3 turn_axis;
uniform float turn_angle;
const vec3 PIVOT = vec3(0.0, -4.0, -1.5);

vec3 turned_direction(vec3 d, float share) {
    float a = turn_angle * share;
    return d * cos(a) + cross(turn_axis, d) * sin(a) + turn_axis * dot(turn_axis, d) * (1.0 - cos(a));
}

vec3 turned(vec3 p, float share) {
    return turned_direction(p - PIVOT, share) + PIVOT;
}
