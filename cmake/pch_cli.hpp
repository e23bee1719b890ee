#pragma once
#include "pch_asio.hpp"

#include <CLI/CLI.hpp>
