#include "cli/commands.h"

int cmd_fixture(int argc, char **argv) {
    (void)argc, (void)argv;
    return 2;
}
