#include "cli/application.hpp"

int main(int argc, char** argv) { return sealpost::cli::run(argc, argv); }
