#pragma once

#include "base/text.hpp"
#include "sys/async/wait.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::test {

inline std::filesystem::path vectors() { return std::filesystem::path(SEALPOST_SOURCE_DIR) / "tests/vectors/dmarc"; }

inline std::string read_whole(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

// "key: value" lines; the value keeps its spaces but the first.
struct VectorFile {
    std::string name;
    std::map<std::string, std::vector<std::string>> lines;

    [[nodiscard]] const std::string& one(const std::string& key) const { return lines.at(key).front(); }
    // "-" is nothing.
    [[nodiscard]] std::string text(const std::string& key) const { return one(key) == "-" ? "" : one(key); }
};

inline std::vector<VectorFile> read_vectors(const std::string& folder)
{
    std::vector<VectorFile> files;
    for (const auto& entry : std::filesystem::directory_iterator(vectors() / folder)) {
        VectorFile file{entry.path().stem().string(), {}};
        std::ifstream in(entry.path());
        for (std::string line; std::getline(in, line);) {
            const auto colon = line.find(": ");
            if (!line.starts_with('#') && colon != std::string::npos)
                file.lines[line.substr(0, colon)].push_back(line.substr(colon + 2));
        }
        files.push_back(std::move(file));
    }
    return files;
}

// The fields of "a|b|c" lines.
inline std::vector<std::vector<std::string>> read_table(const std::filesystem::path& file)
{
    std::vector<std::vector<std::string>> rows;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with('#')) continue;
        rows.emplace_back();
        for (const auto field : split(line, '|')) rows.back().emplace_back(field);
    }
    return rows;
}

template <class T>
T answer_of(Task<T> task)
{
    return async::wait_here(std::move(task));
}

}  // namespace sealpost::test
