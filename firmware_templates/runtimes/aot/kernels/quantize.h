/* QUANTIZE of float32 to int8 or int16. */
#ifndef AOT_QUANTIZE_H
#define AOT_QUANTIZE_H

#include "aot.h"

typedef struct {
    float scale;
    int32_t zero_point;
    int32_t minimum; /* of the element type */
    int32_t maximum;
} aot_quantize_layer;

/* clamp(round(value / scale) + zero_point), halves away from zero.  Values beyond the range give its ends, NaN gives
 * the zero point.  A division, not a multiplication by 1 / scale: that would differ in the last bit. */
AOT_INLINE int32_t aot_quantize(const aot_quantize_layer *layer, float value) {
    const float scaled = value / layer->scale;
    int32_t rounded = 0;
    if (scaled >= 1048576.0f) { /* 2^20, far beyond 16 bits; keeps the conversion defined */
        rounded = 1 << 20;
    } else if (scaled <= -1048576.0f) {
        rounded = -(1 << 20);
    } else if (scaled == scaled) {
        rounded = (int32_t)scaled; /* towards zero; what is left is exact */
        const float rest = scaled - (float)rounded;
        rounded += (rest >= 0.5f ? 1 : 0) - (rest <= -0.5f ? 1 : 0);
    }
    return aot_min(aot_max(rounded + layer->zero_point, layer->minimum), layer->maximum);
}

#endif
