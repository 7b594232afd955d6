/* Decoding on several threads; see data_rows.h. */
#include "data_rows.h"

#include <pthread.h>
#include <stdio.h>

#define CHUNK 64 /* pictures a thread takes at a time */

struct decoding {
    struct nn_data *data;
    nn_sample_reader *read;
    const void *user;
    pthread_mutex_t lock;
    /* protected by lock: the failure of the lowest sample, so that the message is always the same */
    int failed_sample, status;
    char text[FB_ERROR_TEXT_BYTES];
};

static void record_failure(struct decoding *decoding, int sample, int status)
{
    pthread_mutex_lock(&decoding->lock);
    if (decoding->status == FB_OK || sample < decoding->failed_sample) {
        decoding->status = status;
        decoding->failed_sample = sample;
        snprintf(decoding->text, sizeof decoding->text, "%s", fb_error_text());
    }
    pthread_mutex_unlock(&decoding->lock);
}

static void decode_chunk(void *user, int item, int worker)
{
    (void)worker;
    struct decoding *decoding = user;
    struct nn_data *data = decoding->data;
    int end = (item + 1) * CHUNK < data->n ? (item + 1) * CHUNK : data->n;
    for (int i = item * CHUNK; i < end; i++) {
        int status = decoding->read(data, i, decoding->user, data->pixels[i]);
        if (status < 0) {
            record_failure(decoding, i, status);
            return;
        }
    }
}

int nn_data_decode(struct nn_data *data, struct fb_pool *pool, nn_sample_reader *read, const void *user)
{
    struct decoding decoding = {.data = data, .read = read, .user = user};
    pthread_mutex_init(&decoding.lock, NULL);
    fb_pool_run(pool, (data->n + CHUNK - 1) / CHUNK, decode_chunk, &decoding);
    pthread_mutex_destroy(&decoding.lock);
    return decoding.status < 0 ? fb_fail(decoding.status, "%s", decoding.text) : FB_OK;
}
