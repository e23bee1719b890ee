// room: core/config
//
// The file of submission users: every line is a user, a comment or a problem; with one problem nobody is loaded, and what
// is said about it is the same whatever stands in the line, since that may be a password.
#include "base/text.hpp"
#include "core/config/node_config.hpp"

#include <algorithm>
#include <cstdlib>

using namespace sealpost;

namespace {

using Users = std::vector<config::SubmissionUser>;

void require(bool promise)
{
    if (!promise) std::abort();
}

Result<Users> load(std::string_view text) { return config::parse_users(text, "users"); }

bool is_same(const Users& a, const Users& b)
{
    return std::ranges::equal(a, b, [](const auto& one, const auto& other) {
        return one.name == other.name && one.password_hash == other.password_hash;
    });
}

struct Plain {
    Users users;
    std::string without_problems;  // the same file …
    std::string without_content;   // … and with every problem made another one
    bool is_good = true;
};

Plain read_plainly(std::string_view text)
{
    Plain plain;
    for (const std::string_view raw : split(text, '\n')) {
        const std::string line(trim(raw));
        const auto colon = line.find(":$argon2id$");
        const bool is_user = colon != std::string::npos && colon > 0 && line.find(':') == colon && line.front() != '#';
        const auto has_name = [&](const auto& user) { return user.name == line.substr(0, colon); };
        const bool is_twice = is_user && std::ranges::any_of(plain.users, has_name);
        const bool is_problem = is_twice || (!is_user && !line.empty() && line.front() != '#');
        if (is_user && !is_twice) plain.users.push_back({line.substr(0, colon), line.substr(colon + 1)});
        if (!is_problem) plain.without_problems += line + "\r\n";
        plain.without_content += (is_problem && !is_twice ? "x" : line) + "\n";
        plain.is_good = plain.is_good && !is_problem;
    }
    return plain;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Plain plain = read_plainly(text);
    const auto loaded = load(text);
    require(loaded.has_value() == plain.is_good);
    if (loaded.has_value()) require(is_same(*loaded, plain.users));
    if (loaded.has_error()) {
        require(loaded.error().fault == Fault::config);
        require(loaded.error().text == load(plain.without_content).error().text);
    }
    const auto rest = load(plain.without_problems);
    require(rest.has_value() && is_same(*rest, plain.users));
    return 0;
}
