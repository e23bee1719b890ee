// Vectors of tests/vectors: one case a file.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace sealpost::test {

inline std::string read_all(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

// The files of tests/vectors/`folder`, by name.
inline std::vector<std::filesystem::path> list_vectors(const std::string& folder)
{
    std::vector<std::filesystem::path> out;
    for (const auto& entry : std::filesystem::directory_iterator(SEALPOST_SOURCE_DIR "/tests/vectors/" + folder))
        out.push_back(entry.path());
    std::sort(out.begin(), out.end());
    return out;
}

// A test's name from its file's.
inline std::string name_vector(const testing::TestParamInfo<std::filesystem::path>& info)
{
    std::string name = info.param.stem().string();
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

}  // namespace sealpost::test
