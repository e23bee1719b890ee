#include "core/revisions/hat_text.hpp"

#include "base/text.hpp"
#include "core/policy/sender.hpp"
#include "core/revisions/document_text.hpp"
#include "core/revisions/group_order.hpp"
#include "wire/mail/utf8.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <set>

namespace sealpost::revisions {

using config::Value;
using policy::parse_sender;

namespace {

constexpr std::string_view all_others = "ALL_OTHERS";  // the group of a table's last line, "ALL $POLICY"

using config::say;

struct Token {
    enum class Kind { word, quoted, comment, open, close, equals, unclosed, end } kind = Kind::end;
    std::string text;
    int line = 1;
};

// Words, "quoted" words, (comments), braces and equal signs; # to the end of a line and commas are space.
class Lexer {
public:
    explicit Lexer(std::string_view text) : rest_(text) {}

    Token next()
    {
        skip_space();
        Token token;
        token.line = line_;
        if (rest_.empty()) return token;
        const char c = rest_.front();
        if (c == '(') return take_enclosed(Token::Kind::comment, ')');
        if (c == '"') return take_enclosed(Token::Kind::quoted, '"');
        if (c == '{' || c == '}' || c == '=') {
            token.kind = c == '{' ? Token::Kind::open : c == '}' ? Token::Kind::close : Token::Kind::equals;
            token.text = c;
            rest_.remove_prefix(1);
            return token;
        }
        token.kind = Token::Kind::word;
        const auto end = std::max<std::size_t>(find_word_end(), 1);  // a stray ")" is one
        token.text = rest_.substr(0, end);
        rest_.remove_prefix(end);
        return token;
    }

private:
    void skip_space()
    {
        while (!rest_.empty()) {
            const char c = rest_.front();
            if (c == '#') {
                rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
            } else if (is_ascii_space(c) || c == ',') {
                line_ += c == '\n' ? 1 : 0;
                rest_.remove_prefix(1);
            } else {
                return;
            }
        }
    }

    // What stands between [ and ] on one line belongs to the word, spaces and all: SBRS[ -10 : -3 ].
    [[nodiscard]] std::size_t find_word_end() const
    {
        constexpr std::string_view ends = " \t\r\n,(){}=\"#";
        const auto open = rest_.find('[');
        const auto end = std::min(rest_.find_first_of(ends), rest_.size());
        if (open > end) return end;
        const auto close = rest_.find_first_of("]\n", open);
        return close == std::string_view::npos || rest_[close] == '\n' ? end : close + 1;
    }

    Token take_enclosed(Token::Kind kind, char last)
    {
        const auto line_end = std::min(rest_.find('\n'), rest_.size());
        const auto end = rest_.substr(0, line_end).find(last, 1);
        Token token{kind, std::string(rest_.substr(1, std::min(end, line_end) - 1)), line_};
        if (end == std::string_view::npos) token.kind = Token::Kind::unclosed;
        rest_.remove_prefix(end == std::string_view::npos ? line_end : end + 1);
        return token;
    }

    std::string_view rest_;
    int line_ = 1;
};

constexpr std::array<std::pair<std::string_view, Behavior>, 5> actions = {{{"ACCEPT", Behavior::accept},
                                                                           {"REJECT", Behavior::reject},
                                                                           {"TCPREFUSE", Behavior::refuse},
                                                                           {"RELAY", Behavior::relay},
                                                                           {"CONTINUE", Behavior::go_on}}};

std::optional<Behavior> find_action(std::string_view word)
{
    for (const auto& [name, behavior] : actions)
        if (word == name) return behavior;
    return std::nullopt;
}

// The reference's key, ours, and its value that means "no limit".
struct KeyName {
    std::string_view theirs, ours;
    enum class Kind { number, limit, size, word } kind;
};
constexpr std::array<KeyName, 8> key_names = {{{"max_msgs_per_session", "max_messages_per_connection", KeyName::Kind::number},
                                               {"max_rcpts_per_msg", "max_recipients_per_message", KeyName::Kind::number},
                                               {"max_message_size", "max_message_size", KeyName::Kind::size},
                                               {"max_concurrency", "max_connections_per_host", KeyName::Kind::number},
                                               {"max_rcpts_per_hour", "max_recipients_per_hour", KeyName::Kind::limit},
                                               {"dhap_limit", "max_invalid_recipients_per_hour", KeyName::Kind::limit},
                                               {"tls", "tls", KeyName::Kind::word},
                                               {"smtp_auth", "auth", KeyName::Kind::word}}};

class HatReader {
public:
    HatReader(std::string_view text, std::string_view name) : name_(name), lexer_(text) { advance(); }

    ParsedHat read()
    {
        while (token_.kind != Token::Kind::end && parsed_.problems.empty()) read_statement();
        if (parsed_.problems.empty()) check_names();
        if (parsed_.problems.empty()) parsed_.hat = std::move(hat_);
        return std::move(parsed_);
    }

private:
    void advance() { token_ = lexer_.next(); }
    void refuse(int line, config::Sentence what, config::Sentence hint = {})
    {
        parsed_.problems.push_back(config::make_problem(std::string(name_), line, "", std::move(what), std::move(hint)));
    }
    void note(int line, config::Sentence what, config::Sentence hint = {})
    {
        parsed_.notes.push_back(config::make_problem(std::string(name_), line, "", std::move(what), std::move(hint)));
    }
    [[nodiscard]] bool is_word() const { return token_.kind == Token::Kind::word; }

    void read_statement()
    {
        if (token_.kind == Token::Kind::unclosed)
            return refuse(token_.line, say("hat_unclosed", "a parenthesis or quotation does not end on its line"));
        if (!is_word())
            return refuse(token_.line, say("hat_statement", "a policy ($NAME), a group (NAME:) or a host is expected here"));
        const Token first = token_;
        advance();
        if (first.text.starts_with('$')) {
            if (auto policy = read_policy(first.text.substr(1), first.line)) hat_.policies.push_back(std::move(*policy));
            return;
        }
        const bool is_group = first.text.ends_with(':') && std::count(first.text.begin(), first.text.end(), ':') == 1;
        HatGroup group;
        group.line = first.line;
        if (is_group) {
            group.name = first.text.substr(0, first.text.size() - 1);
            while (is_word() && !token_.text.starts_with('$') && !find_action(token_.text)) take_sender(group);
        } else {
            group.name = first.text == "ALL" ? std::string(all_others) : "HOST_" + std::to_string(first.line);
            add_sender(group, first);
        }
        read_end(group);
        if (group.senders.empty())
            note(group.line, say("hat_no_sender", "{group}: no sender is left, so the group matches no host", {group.name}));
        hat_.groups.push_back(std::move(group));
    }

    void take_sender(HatGroup& group)
    {
        const Token sender = token_;
        advance();
        add_sender(group, sender);
    }

    void add_sender(HatGroup& group, const Token& sender)
    {
        HatSender entry{sender.text, take_comment()};
        const auto pattern = parse_sender(entry.text);
        if (pattern.has_error())
            return note(sender.line, say("hat_sender_left_out", "{sender} is left out", {entry.text}), pattern.error());
        group.senders.push_back(std::move(entry));
    }

    std::string take_comment()
    {
        std::string comment;
        if (token_.kind != Token::Kind::comment) return comment;
        comment = std::string(trim(token_.text));
        advance();
        return comment;
    }

    // $POLICY, or an action with parameters of its own, and the comment of the group.
    void read_end(HatGroup& group)
    {
        if (!is_word())
            return refuse(token_.line, say("hat_policy", "{group}: a policy ($NAME) or an action is expected here", {group.name}),
                          say("write", "{example}", {"$ACCEPTED"}));
        if (token_.text.starts_with('$')) {
            group.policy = token_.text.substr(1);
            advance();
        } else {
            auto own = read_policy(group.name + "_POLICY", group.line);
            if (own && own->behavior != Behavior::go_on) {
                group.policy = own->name;
                hat_.policies.push_back(std::move(*own));
            }
        }
        group.comment = take_comment();
    }

    std::optional<HatPolicy> read_policy(std::string policy_name, int line)
    {
        HatPolicy policy;
        policy.name = std::move(policy_name);
        policy.line = line;
        const auto behavior = is_word() ? find_action(token_.text) : std::nullopt;
        if (!behavior) {
            refuse(token_.line, say("hat_action", "{policy}: an action is expected here", {policy.name}),
                   say("hat_actions", "ACCEPT, REJECT, TCPREFUSE, RELAY or CONTINUE"));
            return std::nullopt;
        }
        policy.behavior = *behavior;
        advance();
        if (token_.kind == Token::Kind::open) read_block(policy);
        if (policy.behavior == Behavior::go_on) policy.parameters.clear();
        return policy;
    }

    void read_block(HatPolicy& policy)
    {
        advance();
        while (is_word() && parsed_.problems.empty()) {
            const Token key = token_;
            advance();
            if (token_.kind != Token::Kind::equals)
                return refuse(token_.line, say("hat_equals", "{key}: = is expected here", {key.text}));
            advance();
            if (!is_word() && token_.kind != Token::Kind::quoted)
                return refuse(token_.line, say("hat_value", "{key}: a value is expected here", {key.text}));
            add_parameter(policy, key, token_.text);
            advance();
        }
        if (token_.kind != Token::Kind::close && parsed_.problems.empty())
            return refuse(token_.line, say("hat_brace", "${policy}: } is expected here", {policy.name}));
        advance();
    }

    void add_parameter(HatPolicy& policy, const Token& key, const std::string& value)
    {
        const auto known =
            std::find_if(key_names.begin(), key_names.end(), [&](const auto& each) { return each.theirs == key.text; });
        if (known == key_names.end())
            return note(key.line, say("hat_key_left_out", "${policy}: {key} is left out; this gateway has no such parameter",
                                      {policy.name, key.text}));
        const std::string ours(known->ours);
        if (known->kind == KeyName::Kind::word) {
            const std::string word = ascii_lower(value) == "on" ? "preferred" : ascii_lower(value);
            if (word != "off" && word != "preferred" && word != "required")
                return refuse(key.line, say("hat_none_of", "{key}: {value} is none of {words}",
                                            {key.text, config::quote_json(value), "off, preferred, required"}));
            policy.parameters.emplace(ours, Value::of_text(word));
            return;
        }
        const bool is_unlimited = known->kind == KeyName::Kind::limit && value == "-1";
        const std::string number = is_unlimited ? "0" : value;
        const bool has_suffix =
            known->kind == KeyName::Kind::size && !number.empty() &&
            std::string_view("KMG").find(ascii_upper(number.substr(number.size() - 1))) != std::string_view::npos;
        const auto parsed = parse_decimal(std::string_view(number).substr(0, number.size() - (has_suffix ? 1 : 0)));
        if (!parsed || *parsed > static_cast<unsigned long long>(std::numeric_limits<std::int64_t>::max()))
            return refuse(key.line,
                          say("hat_not_number", "{key}: {value} is not a number", {key.text, config::quote_json(value)}));
        policy.parameters.emplace(
            ours, has_suffix ? Value::of_text(ascii_upper(number)) : Value::of_number(static_cast<std::int64_t>(*parsed)));
    }

    void check_names()
    {
        std::set<std::string> groups;
        for (const auto& group : hat_.groups)
            if (!groups.insert(group.name).second)
                refuse(group.line, say("hat_group_twice", "the group {group} stands twice", {group.name}));
        std::set<std::string> policies;
        for (const auto& policy : hat_.policies)
            if (!policies.insert(policy.name).second)
                refuse(policy.line, say("hat_policy_twice", "the policy ${policy} stands twice", {policy.name}));
    }

    std::string_view name_;
    Lexer lexer_;
    Token token_;
    HatText hat_;
    ParsedHat parsed_;
};

// The first line that is not UTF-8.
std::optional<int> find_foreign_line(std::string_view text)
{
    if (mail::is_utf8(text)) return std::nullopt;
    int number = 1;
    for (const auto line : split(text, '\n')) {
        if (!mail::is_utf8(line)) return number;
        ++number;
    }
    return number;
}

DocumentText::Row make_policy_row(const HatPolicy& policy)
{
    auto values = policy.parameters;
    values["name"] = Value::of_text(policy.name);
    values["behavior"] = Value::of_text(std::string(policy::format_behavior(policy.behavior)));
    return make_row(*find_section("mail_flow_policy"), values);
}

DocumentText::Row make_group_row(const HatGroup& group, std::string_view listener, std::size_t order)
{
    std::map<std::string, Value> values = {{"name", Value::of_text(group.name)},
                                           {"listener", Value::of_text(std::string(listener))},
                                           {"order", Value::of_number(static_cast<std::int64_t>(order))}};
    if (!group.policy.empty()) values["policy"] = Value::of_text(group.policy);
    if (!group.comment.empty()) values["comment"] = Value::of_text(group.comment);
    auto& senders = values["senders"];
    senders.kind = Value::Kind::list;
    for (const auto& sender : group.senders)
        senders.items.push_back(Value::of_text(sender.text + (sender.comment.empty() ? "" : " (" + sender.comment + ')')));
    return make_row(*find_section("sender_group"), values);
}

// What the table takes the place of.
void remove_rows(DocumentText& document, const HatText& hat, std::string_view listener)
{
    const auto groups = list_groups(document, listener);
    for (auto group = groups.rbegin(); group != groups.rend(); ++group) document.take(group->index);
    for (const auto& policy : hat.policies)
        if (const auto row = document.find_row("mail_flow_policy", policy.name)) document.take(*row);
}

}  // namespace

std::vector<std::string> list_group_names(const HatText& hat)
{
    std::vector<std::string> names;
    for (const auto& group : hat.groups)
        if (group.name != "ALL" && group.name != all_others) names.push_back(group.name);
    return names;
}

ParsedHat parse_hat_text(std::string_view text, std::string_view name)
{
    ParsedHat parsed;
    const auto refuse = [&](int line, config::Sentence what) {
        parsed.problems.push_back(config::make_problem(std::string(name), line, "", std::move(what)));
        return std::move(parsed);
    };
    if (text.size() > max_hat_text_bytes) return refuse(0, say("too_large", "larger than 16 MiB"));
    // A policy is TOML, which is UTF-8.
    if (const auto line = find_foreign_line(text)) return refuse(*line, say("hat_not_utf8", "this line is not in UTF-8"));
    return HatReader(text, name).read();
}

Result<std::string> replace_hat(std::string_view text, const HatText& hat, std::string_view listener)
{
    std::vector<Problem> problems;
    const auto parsed = PolicyText::parse(std::string(text), "policy", problems);
    if (!parsed) return config::to_error(problems);
    auto document = DocumentText::parse(*parsed);
    for (const char* section : {"mail_flow_policy", "sender_group"})
        if (auto checked = document.check_editable(section); checked.has_error()) return to_error(checked.error());
    remove_rows(document, hat, listener);
    for (const auto& policy : hat.policies) document.insert(document.find_end("mail_flow_policy"), make_policy_row(policy));
    for (std::size_t i = 0; i < hat.groups.size(); ++i)
        document.insert(document.find_end("sender_group"), make_group_row(hat.groups[i], listener, i + 1));
    return document.text();
}

std::vector<Problem> find_displaced_groups(std::string_view text, const HatText& hat, std::string_view listener)
{
    std::vector<Problem> told;
    std::vector<Problem> problems;
    const auto parsed = PolicyText::parse(std::string(text), "policy", problems);
    if (!parsed) return told;
    const auto document = DocumentText::parse(*parsed);
    for (const auto& place : list_groups(document, listener)) {
        const auto* name = document.at(place.index).table.find("name");
        if (name == nullptr || std::ranges::any_of(hat.groups, [&](const auto& group) { return group.name == name->text; }))
            continue;
        told.push_back(config::make_problem(
            "policy", 0, "sender_group",
            say("hat_group_left_out",
                "{group} is left out: the table takes the place of all groups of {listener}, and has none of this name",
                {name->text, std::string(listener)}),
            say("add_again", "add it again before the commit if it is to stay")));
    }
    return told;
}

}  // namespace sealpost::revisions
