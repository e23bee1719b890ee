#include "core/revisions/sender_lines.hpp"

#include "base/text.hpp"
#include "core/policy/sender.hpp"

#include <algorithm>
#include <unordered_map>

namespace sealpost::revisions {
namespace {

// Behind a # stands a comment for people, which becomes the annotation of a sender that has none.
std::string make_annotation(std::string_view comment)
{
    std::string out(trim(comment));
    std::replace(out.begin(), out.end(), '(', '[');
    std::replace(out.begin(), out.end(), ')', ']');
    return out;
}

SenderVerdict check_line(std::string_view line, int number)
{
    SenderVerdict verdict;
    verdict.line = number;
    verdict.written = line;
    const auto hash = std::min(line.find('#'), line.size());
    const auto split = policy::split_annotation(line.substr(0, hash));
    const auto pattern = split ? policy::parse_sender(split->text) : config::Checked<policy::SenderPattern>(split.error());
    if (!pattern) {
        verdict.kind = SenderVerdict::Kind::refused;
        verdict.note = pattern.error();
        return verdict;
    }
    verdict.written = split->text;
    verdict.sender = policy::format_sender(*pattern);
    verdict.comment = split->comment;
    if (verdict.comment.empty() && hash < line.size()) verdict.comment = make_annotation(line.substr(hash + 1));
    if (verdict.comment.size() > policy::max_sender_bytes / 2) {
        verdict.kind = SenderVerdict::Kind::refused;
        verdict.note = config::say("sender_comment_long", "a comment longer than 256 octets");
    }
    if (pattern->ignored_host_bits)
        verdict.note = config::say("sender_taken_as", "has bits behind its prefix; taken as {range}", {verdict.sender});
    return verdict;
}

template <class Take>
void for_each_sender(const config::Value& senders, Take take)
{
    if (senders.kind == config::Value::Kind::text) return take(senders);
    for (const auto& item : senders.items) take(item);
}

}  // namespace

std::string normalise_sender(std::string_view written)
{
    const auto split = policy::split_annotation(written);
    const auto pattern = split ? policy::parse_sender(split->text) : config::Checked<policy::SenderPattern>(split.error());
    return pattern ? policy::format_sender(*pattern) : std::string();
}

std::vector<SenderVerdict> check_lines(std::string_view pasted, const config::Value* senders)
{
    std::vector<SenderVerdict> verdicts;
    int number = 0;
    for (const auto raw : split(pasted, '\n')) {
        ++number;
        const auto line = trim(raw);
        if (!line.empty() && !line.starts_with('#')) verdicts.push_back(check_line(line, number));
    }
    std::unordered_map<std::string, int> known;  // the line where each stands already; 0: in the group
    if (senders != nullptr) for_each_sender(*senders, [&](const auto& item) { known.emplace(normalise_sender(item.text), 0); });
    for (auto& verdict : verdicts) {
        if (verdict.kind == SenderVerdict::Kind::refused) continue;
        const auto [at, is_new] = known.emplace(verdict.sender, verdict.line);
        if (is_new) continue;
        verdict.kind = SenderVerdict::Kind::duplicate;
        verdict.note = at->second == 0
                           ? config::say("sender_in_group", "stands in the group already")
                           : config::say("sender_in_line", "stands in line {line} already", {std::to_string(at->second)});
    }
    return verdicts;
}

std::vector<SenderVerdict> check_senders(std::string_view pasted, const PolicyText::Row* group)
{
    return check_lines(pasted, group == nullptr ? nullptr : group->table->find("senders"));
}

std::string format_entry(const SenderVerdict& verdict)
{
    return verdict.written + (verdict.comment.empty() ? "" : " (" + verdict.comment + ')');
}

boost::json::object to_json(const SenderVerdict& verdict)
{
    std::string_view word = "ok";
    if (verdict.kind == SenderVerdict::Kind::duplicate) word = "duplicate";
    if (verdict.kind == SenderVerdict::Kind::refused) word = "refused";
    boost::json::object out{{"line", verdict.line},     {"written", verdict.written},
                            {"sender", verdict.sender}, {"comment", verdict.comment},
                            {"result", word},           {"note", verdict.note.text}};
    add_wording(out, "note", verdict.note.wording);
    return out;
}

}  // namespace sealpost::revisions
