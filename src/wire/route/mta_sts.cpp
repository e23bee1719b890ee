#include "wire/route/mta_sts.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace sealpost::route {
namespace {

using Mode = StsPolicy::Mode;

Error broken(std::string what) { return {Fault::peer_broke_it, std::move(what)}; }

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// RFC 8461 §3.1: sts-id = 1*32(ALPHA / DIGIT).
bool is_id(std::string_view text)
{
    constexpr std::size_t longest = 32;
    return !text.empty() && text.size() <= longest && std::ranges::all_of(text, is_alphanumeric);
}

// §3.2: sts-policy-mx-value = ["*."] Domain.
std::optional<std::string> parse_pattern(std::string_view text)
{
    const bool is_wild = text.starts_with("*.");
    const auto name = dns::normalise_name(is_wild ? text.substr(2) : text);
    if (!name || *name == "." || name->find('*') != std::string::npos || name->find(' ') != std::string::npos)
        return std::nullopt;
    return is_wild ? "*." + *name : *name;
}

// One field of the policy; of all but mx the first of its name counts.
class PolicyReader {
public:
    Result<> take(std::string_view key, std::string_view value)
    {
        if (key == "version" && !std::exchange(has_version_, true) && value != "STSv1") return broken("the version is not STSv1");
        if (key == "mode" && !mode_) return take_mode(value);
        if (key == "max_age" && !max_age_) return take_max_age(value);
        if (key == "mx") return take_mx(value);
        return {};
    }

    Result<StsPolicy> conclude()
    {
        if (!has_version_) return broken("the version is missing");
        if (!mode_) return broken("the mode is missing");
        if (!max_age_) return broken("max_age is missing");
        if (policy_.mx.empty() && *mode_ != Mode::none) return broken("no mx is listed");
        policy_.mode = *mode_;
        policy_.max_age = *max_age_;
        return std::move(policy_);
    }

private:
    Result<> take_mode(std::string_view value)
    {
        mode_ = parse_sts_mode(value);
        if (!mode_) return broken("the mode is none of enforce, testing and none");
        return {};
    }

    Result<> take_max_age(std::string_view value)
    {
        constexpr std::size_t most_digits = 10;
        const auto seconds = value.size() <= most_digits ? parse_decimal(value) : std::nullopt;
        if (!seconds) return broken("max_age is not a number of seconds");
        const auto most = static_cast<unsigned long long>(StsPolicy::longest.count());
        max_age_ = std::chrono::seconds(static_cast<std::int64_t>(std::min(*seconds, most)));
        return {};
    }

    Result<> take_mx(std::string_view value)
    {
        auto pattern = parse_pattern(value);
        if (!pattern) return broken("an mx is no host name");
        if (policy_.mx.size() == StsPolicy::max_patterns) return broken("more mx than we take");
        policy_.mx.push_back(std::move(*pattern));
        return {};
    }

    StsPolicy policy_;
    bool has_version_ = false;
    std::optional<Mode> mode_;
    std::optional<std::chrono::seconds> max_age_;
};

}  // namespace

std::string_view format_sts_mode(Mode mode)
{
    switch (mode) {
        case Mode::enforce: return "enforce";
        case Mode::testing: return "testing";
        case Mode::none: return "none";
    }
    return "none";
}

std::optional<Mode> parse_sts_mode(std::string_view text)
{
    for (const Mode mode : {Mode::enforce, Mode::testing, Mode::none})
        if (text == format_sts_mode(mode)) return mode;
    return std::nullopt;
}

// RFC 8461 §3.2: lines "key: value", ended by CRLF or LF; fields that are not known are passed over.
Result<StsPolicy> parse_sts_policy(std::string_view text)
{
    if (text.size() > StsPolicy::max_bytes) return broken("longer than 64 KiB");
    PolicyReader reader;
    for (std::string_view line : split(text, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (trim(line).empty()) continue;
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) return broken("a line without a colon");
        SEALPOST_CHECK(reader.take(line.substr(0, colon), trim(line.substr(colon + 1))));
    }
    return reader.conclude();
}

std::vector<std::string> format_sts_policy(const StsPolicy& policy)
{
    std::vector<std::string> lines{"version: STSv1", "mode: " + std::string(format_sts_mode(policy.mode))};
    for (const std::string& mx : policy.mx) lines.push_back("mx: " + mx);
    lines.push_back("max_age: " + std::to_string(policy.max_age.count()));
    return lines;
}

bool lists_mx(const StsPolicy& policy, std::string_view host)
{
    std::string name = ascii_lower(host);
    if (name.ends_with('.')) name.pop_back();
    return std::ranges::any_of(policy.mx, [&](const std::string& pattern) {
        if (!pattern.starts_with("*.")) return name == pattern;
        const auto dot = name.find('.');
        return dot != std::string::npos && dot > 0 && std::string_view(name).substr(dot) == std::string_view(pattern).substr(1);
    });
}

// RFC 8461 §3.1: "v=STSv1; id=20160831085700Z;", further fields allowed behind.
std::optional<std::string> parse_sts_record(std::string_view text)
{
    constexpr std::size_t longest = 4096;
    if (text.size() > longest) return std::nullopt;
    const auto fields = split(text, ';');
    if (fields.size() < 2 || trim(fields.front()) != "v=STSv1" || !text.starts_with("v=STSv1")) return std::nullopt;
    for (std::size_t i = 1; i < fields.size(); ++i) {
        const auto field = trim(fields[i]);
        if (!field.starts_with("id=")) continue;
        const auto id = field.substr(3);
        return is_id(id) ? std::optional(std::string(id)) : std::nullopt;
    }
    return std::nullopt;
}

// §3.1: "v=STSv1" and then the first field's delimiter, *WSP ";" *WSP.
bool begins_with_version(std::string_view text)
{
    constexpr std::string_view version = "v=STSv1";
    if (!text.starts_with(version)) return false;
    text.remove_prefix(version.size());
    const auto next = text.find_first_not_of(" \t");
    return next != std::string_view::npos && text[next] == ';';
}

// §3.1: records that do not begin with the version are left out; "if the number of resulting records is not one, or if
// the resulting record is syntactically invalid, senders MUST assume the recipient domain does not have an available
// MTA-STS Policy".
Task<StsRecord> find_sts_record(dns::Resolver& resolver, std::string domain, Deadline deadline)
{
    dns::TextAnswer answer = co_await dns::find_txt(resolver, "_mta-sts." + domain, deadline);
    StsRecord record;
    record.problem = answer.problem;
    if (answer.status == dns::Status::temporary) co_return record;
    record.status = StsRecord::Status::none;
    std::erase_if(answer.texts, [](const std::string& text) { return !begins_with_version(text); });
    if (answer.texts.size() != 1) co_return record;
    auto id = parse_sts_record(answer.texts.front());
    if (!id) co_return record;
    record.status = StsRecord::Status::found;
    record.id = std::move(*id);
    co_return record;
}

}  // namespace sealpost::route
