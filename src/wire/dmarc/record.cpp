// RFC 7489 §6.3 and §6.4: the record in DNS. One pass over the tags; what is wrong with a tag is written
// down, and its default holds.
#include "base/text.hpp"
#include "wire/dmarc/dmarc.hpp"
#include "wire/dmarc/tags.hpp"
#include "wire/mail/mailto.hpp"

#include <algorithm>
#include <limits>

namespace sealpost::dmarc {
namespace {

// RFC 3986 §3.1: ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ), lower case. Empty when there is none.
std::string find_scheme(std::string_view uri)
{
    const std::size_t colon = uri.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == uri.size()) return {};
    std::string scheme = ascii_lower(uri.substr(0, colon));
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || is_ascii_digit(c) || c == '+' || c == '-' || c == '.'; };
    if (!std::ranges::all_of(scheme, fits) || scheme.front() < 'a') return {};
    return scheme;
}

// RFC 7489 §6.4: dmarc-uri = URI [ "!" 1*DIGIT [ "k" / "m" / "g" / "t" ] ], in powers of 1024 (§6.3).
std::optional<std::uint64_t> parse_size(std::string_view text)
{
    static constexpr std::string_view units = "kmgt";
    unsigned shift = 0;
    if (!text.empty()) {
        const std::size_t unit = units.find(ascii_lower(text.back()));
        if (unit != std::string_view::npos) {
            shift = 10 * (static_cast<unsigned>(unit) + 1);
            text.remove_suffix(1);
        }
    }
    const auto number = parse_decimal(text);
    if (!number || *number == 0 || *number > (std::numeric_limits<std::uint64_t>::max() >> shift)) return std::nullopt;
    return *number << shift;
}

// One dmarc-uri, or why it is left out.
Result<ReportAddress> parse_report_address(std::string_view uri)
{
    const auto bad = [&](std::string_view why) {
        return Error{Fault::peer_broke_it, "\"" + std::string(uri) + "\" " + std::string(why)};
    };
    ReportAddress address;
    std::string_view place = uri;
    if (const std::size_t mark = uri.find('!'); mark != std::string_view::npos) {
        const auto size = parse_size(uri.substr(mark + 1));
        if (!size) return bad("has a size limit that is no number with k, m, g or t");
        address.max_bytes = *size;
        place = uri.substr(0, mark);
    }
    const std::string scheme = find_scheme(place);
    if (scheme.empty()) return bad("is no URI; an address is written mailto:name@domain");
    if (scheme != "mailto") return bad("is no mailto: URI, and reports go by mail alone");
    const auto mailbox = mail::parse_mailto(place);
    if (mailbox.has_error()) return bad(mailbox.error().text);
    address.address = mail::format_mailbox(*mailbox);
    return address;
}

// §6.6.3 step 6: "contains at least one syntactically valid reporting URI", which need not be one of mail.
bool has_valid_uri(std::string_view value)
{
    const auto is_valid = [](std::string_view uri) {
        uri = trim_wsp(uri);
        const std::string scheme = find_scheme(uri.substr(0, uri.find('!')));
        return scheme == "mailto" ? parse_report_address(uri).has_value() : !scheme.empty();
    };
    return std::ranges::any_of(split(value, ','), is_valid);
}

std::optional<Policy> parse_policy(std::string_view value)
{
    for (const Policy policy : {Policy::none, Policy::quarantine, Policy::reject})
        if (iequals(value, format_policy(policy))) return policy;
    return std::nullopt;
}

std::optional<Alignment> parse_alignment(std::string_view value)
{
    if (iequals(value, "r")) return Alignment::relaxed;
    if (iequals(value, "s")) return Alignment::strict;
    return std::nullopt;
}

bool is_failure_options(std::string_view value)
{
    const auto options = split(value, ':');
    return std::ranges::all_of(options, [](std::string_view option) {
        option = trim_wsp(option);
        return option.size() == 1 && std::string_view("01dsDS").find(option.front()) != std::string_view::npos;
    });
}

class RecordReader {
public:
    explicit RecordReader(std::vector<TagProblem>& problems) : problems_(problems) {}

    Result<Record> read(std::string_view text)
    {
        if (text.size() > max_record_bytes) return Error{Fault::peer_broke_it, "the record is longer than 8 KiB"};
        if (!is_dmarc_record(text)) return Error{Fault::peer_broke_it, "the record does not begin with v=DMARC1"};
        const std::vector<Tag> tags = split_tags(text, problems_);
        if (std::ranges::find(tags, "p", &Tag::name) != tags.end() && tags.front().name != "p")
            note("p", "stands behind other tags; some receivers want it second, right behind v=DMARC1");
        for (const Tag& tag : tags) read_tag(tag);
        return finish();
    }

private:
    void note(std::string_view tag, std::string problem) { problems_.push_back({std::string(tag), std::move(problem)}); }

    void read_tag(const Tag& tag)
    {
        if (tag.repeated) note(tag.name, "stands there more than once, so none of them counts");
        if (tag.name == "p" || tag.name == "sp")
            read_policy(tag);
        else if (tag.name == "rua" || tag.name == "ruf")
            read_addresses(tag);
        else if (!tag.repeated)
            read_option(tag);
    }

    void read_policy(const Tag& tag)
    {
        const auto policy = tag.repeated ? std::nullopt : parse_policy(tag.value);
        if (!policy && !tag.repeated) note(tag.name, "\"" + std::string(tag.value) + "\" is not none, quarantine or reject");
        if (!policy) policies_valid_ = false;
        if (tag.name == "sp") {
            record_.subdomain_policy = policy;
        } else {
            has_policy_ = policy.has_value();
            record_.policy = policy.value_or(Policy::none);
        }
    }

    void read_addresses(const Tag& tag)
    {
        if (tag.repeated) return;
        if (tag.name == "rua") has_report_uri_ = has_valid_uri(tag.value);
        auto& list = tag.name == "rua" ? record_.aggregate_reports : record_.failure_reports;
        list = parse_report_addresses(tag.name, tag.value, problems_);
    }

    void read_option(const Tag& tag)
    {
        if (tag.name == "adkim" || tag.name == "aspf") {
            const auto alignment = parse_alignment(tag.value);
            if (!alignment) return note(tag.name, "\"" + std::string(tag.value) + "\" is neither r nor s; r holds");
            (tag.name == "adkim" ? record_.dkim_alignment : record_.spf_alignment) = *alignment;
        } else if (tag.name == "pct") {
            const auto percent = parse_decimal(tag.value);
            if (!percent || *percent > 100)
                return note("pct", "\"" + std::string(tag.value) + "\" is no number from 0 to 100; 100 holds");
            record_.percent = static_cast<unsigned>(*percent);
        } else if (tag.name == "ri") {
            const auto seconds = parse_decimal(tag.value);
            if (!seconds || *seconds > std::numeric_limits<std::uint32_t>::max())
                return note("ri", "\"" + std::string(tag.value) + "\" is no number of seconds; 86400 holds");
            record_.report_interval_seconds = static_cast<unsigned>(*seconds);
        } else if (tag.name == "fo") {
            if (!is_failure_options(tag.value))
                return note("fo", "\"" + std::string(tag.value) + "\" is not made of 0, 1, d and s; 0 holds");
            record_.failure_options = ascii_lower(tag.value);
        } else if (tag.name != "rf") {
            note(tag.name, "is no tag of RFC 7489, and is skipped");
        }
    }

    // §6.6.3 step 6.
    Result<Record> finish()
    {
        if (has_policy_ && policies_valid_) return std::move(record_);
        const std::string why = !has_policy_ ? "the record has no valid p=" : "the record has an sp= that is not valid";
        if (!has_report_uri_) return Error{Fault::peer_broke_it, why};
        note(has_policy_ ? "sp" : "p", why + ", so receivers act as if it said p=none");
        record_.policy = Policy::none;
        record_.subdomain_policy.reset();
        return std::move(record_);
    }

    std::vector<TagProblem>& problems_;
    Record record_;
    bool has_policy_ = false;
    bool policies_valid_ = true;
    bool has_report_uri_ = false;
};

}  // namespace

std::string_view format_policy(Policy policy)
{
    switch (policy) {
        case Policy::none: return "none";
        case Policy::quarantine: return "quarantine";
        case Policy::reject: return "reject";
    }
    return "";
}

// §6.4: dmarc-version = "v" *WSP "=" *WSP %x44 %x4d %x41 %x52 %x43 %x31, then *WSP ";" or the end.
bool is_dmarc_record(std::string_view text)
{
    text = text.substr(0, text.find(';'));
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || text.empty() || ascii_lower(text.front()) != 'v') return false;
    return trim_wsp(text.substr(1, equals - 1)).empty() && trim_wsp(text.substr(equals + 1)) == "DMARC1";
}

std::vector<ReportAddress> parse_report_addresses(std::string_view tag, std::string_view value, std::vector<TagProblem>& problems)
{
    std::vector<ReportAddress> list;
    for (std::string_view uri : split(value, ',')) {
        auto address = parse_report_address(trim_wsp(uri));
        if (address.has_error()) {
            problems.push_back({std::string(tag), address.error().text});
        } else if (list.size() == max_report_addresses) {
            problems.push_back({std::string(tag), "names more than " + std::to_string(max_report_addresses) + " addresses"});
            break;
        } else {
            list.push_back(std::move(*address));
        }
    }
    return list;
}

Result<Record> parse_record(std::string_view text, std::vector<TagProblem>& problems)
{
    return RecordReader(problems).read(text);
}

Result<Record> parse_record(std::string_view text)
{
    std::vector<TagProblem> problems;
    return parse_record(text, problems);
}

}  // namespace sealpost::dmarc
