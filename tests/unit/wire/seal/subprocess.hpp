#pragma once

#include "temporary_folder.hpp"

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

namespace sealpost::seal::testing {

using test::TemporaryFolder;

inline void write_file(const std::string& path, std::string_view content) { std::ofstream(path, std::ios::binary) << content; }

inline std::string read_file(const std::string& path)
{
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
}

// The exit status; output goes where the command sends it.
inline int run(const std::string& command) { return std::system(command.c_str()); }

}  // namespace sealpost::seal::testing
