/* bf16_oracle.h: losses of the tiny GPT over 16 steps of gradient descent at rate 0.05, by PyTorch
 * 2.15.0: in float32, under autocast to bfloat16, and by the definition of bf16 (rounded factors,
 * float32 sums and results). Written by bf16_oracle.py. */
#ifndef TESTS_MODEL_BF16_ORACLE_H
#define TESTS_MODEL_BF16_ORACLE_H

#define ORACLE_RATE 0.05
enum { ORACLE_STEPS = 16 };

static const double oracle_f32[] = {
    2.04185462, 1.85004497, 1.62032986, 1.5167613, 1.46492136, 1.41649699, 1.37726641, 1.33657908,
    1.29776156, 1.25285053, 1.21515369, 1.17749,   1.14284515, 1.1087935,  1.07465911, 1.04317641,
};
static const double oracle_autocast[] = {
    2.04017282, 1.84527063, 1.61878777, 1.51725507, 1.46663904, 1.41648006, 1.37767601, 1.33540618,
    1.29794168, 1.2524972,  1.21606719, 1.17837405, 1.13979781, 1.10497701, 1.07231045, 1.04198611,
};
static const double oracle_bf16[] = {
    2.04180932, 1.84825552, 1.61836541, 1.51804757, 1.46608305, 1.41553414, 1.37710714, 1.33455288,
    1.29692543, 1.25140858, 1.21437395, 1.17693901, 1.14053416, 1.10899282, 1.07509995, 1.04381645,
};

#endif
