/* Work in parts comes in. Each part is done on a thread of its own. */
#include "core/parallel_for.h"

#include <pthread.h>
#include <unistd.h>

size_t parallel_for_parts(size_t amount, size_t least) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t most = cores < 1           ? 1
                  : cores < MAX_PARTS ? (size_t)cores
                                      : MAX_PARTS,
           parts = amount / least;

    return parts < 1 ? 1 : parts < most ? parts : most;
}

void parallel_for(void *parts, size_t count, size_t size, void *(*run)(void *part)) {
    pthread_t threads[MAX_PARTS];
    bool made[MAX_PARTS] = {false};

    for (size_t i = 1; i < count; i++)
        made[i] = pthread_create(&threads[i], NULL, run, (char *)parts + i * size) == 0;
    for (size_t i = 0; i < count; i++)
        if (!made[i])
            run((char *)parts + i * size);
    for (size_t i = 1; i < count; i++)
        if (made[i])
            pthread_join(threads[i], NULL);
}
