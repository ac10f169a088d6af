/* gpt2_pattern.h: how GPT-2 cuts a text into pieces, for PCRE2 with UTF and UCP. */
#ifndef TASK_GPT2_PATTERN_H
#define TASK_GPT2_PATTERN_H

extern const char gpt2_pattern[];

#endif
