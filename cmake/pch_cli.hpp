#pragma once
#include "pch_asio.hpp"

// Every file would optimise the same few thousand inline functions, which run once, before anything is done.
#ifdef __clang__
#pragma clang optimize off
#endif
#include <CLI/CLI.hpp>
#ifdef __clang__
#pragma clang optimize on
#endif
