#include "sys/http/multipart.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace sealpost::http {
namespace {

Error broken(std::string_view what) { return {Fault::peer_broke_it, "multipart/form-data: " + std::string(what)}; }

// The parameters after the first ";" of a header value: name=token or name="quoted".
struct Parameter {
    std::string name;
    std::string value;
};

Result<std::string> take_quoted(std::string_view& text)
{
    std::string value;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"') {
            text.remove_prefix(i + 1);
            return value;
        }
        // Browsers write %22; others \". A backslash before anything else stands for itself.
        if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == '"') ++i;
        value += text[i];
    }
    return broken("a quoted string does not end");
}

std::string take_token(std::string_view& text)
{
    const auto end = std::min(text.find(';'), text.size());
    std::string value(trim(text.substr(0, end)));
    text.remove_prefix(end);
    return value;
}

Result<std::vector<Parameter>> parse_parameters(std::string_view text)
{
    std::vector<Parameter> parameters;
    while (!(text = trim(text)).empty()) {
        if (text.front() != ';') return broken("a header has something odd between its parameters");
        text = trim(text.substr(1));
        if (text.empty()) break;
        const auto equals = text.find('=');
        if (equals == std::string_view::npos) return broken("a parameter has no value");
        std::string name = ascii_lower(trim(text.substr(0, equals)));
        text = trim(text.substr(equals + 1));
        if (!text.empty() && text.front() == '"') {
            SEALPOST_TRY(auto value, take_quoted(text));
            parameters.push_back({std::move(name), std::move(value)});
        } else {
            auto value = take_token(text);
            parameters.push_back({std::move(name), std::move(value)});
        }
    }
    return parameters;
}

bool has_controls(std::string_view text)
{
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// HTML standard, multipart/form-data encoding: only LF, CR and the quote are percent-encoded.
std::string decode_form_name(std::string_view text)
{
    std::string name;
    while (!text.empty()) {
        const auto escape = text.substr(0, 3);
        if (iequals(escape, "%22") || iequals(escape, "%0d") || iequals(escape, "%0a")) {
            name += escape == "%22" ? '"' : ascii_lower(escape[2]) == 'd' ? '\r' : '\n';
            text.remove_prefix(3);
        } else {
            name += text.front();
            text.remove_prefix(1);
        }
    }
    return name;
}

Result<void> read_disposition(std::string_view value, PartBegin& part, bool& named)
{
    const auto end = std::min(value.find(';'), value.size());
    if (!iequals(trim(value.substr(0, end)), "form-data")) return broken("a part is not form-data");
    SEALPOST_TRY(const auto parameters, parse_parameters(value.substr(end)));
    for (const auto& parameter : parameters) {
        if (parameter.name == "name" && !named) {
            part.name = decode_form_name(parameter.value);
            named = true;
        } else if (parameter.name == "filename" && !part.file_name) {
            part.file_name = decode_form_name(parameter.value);
        }
    }
    return {};
}

Result<PartBegin> parse_part_head(std::string_view head)
{
    PartBegin part{"", std::nullopt, "text/plain"};
    bool named = false;
    while (!head.empty()) {
        const auto end = std::min(head.find("\r\n"), head.size());
        const auto line = head.substr(0, end);
        head.remove_prefix(std::min(end + 2, head.size()));
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) return broken("a part's header line has no colon");
        const auto value = trim(line.substr(colon + 1));
        if (iequals(line.substr(0, colon), "Content-Type")) part.content_type = value;
        if (iequals(line.substr(0, colon), "Content-Disposition")) SEALPOST_CHECK(read_disposition(value, part, named));
    }
    if (!named) return broken("a part has no name");
    return part;
}

}  // namespace

Result<std::string> parse_boundary(std::string_view content_type)
{
    const auto end = std::min(content_type.find(';'), content_type.size());
    if (!iequals(trim(content_type.substr(0, end)), "multipart/form-data"))
        return Error{Fault::peer_broke_it, "the body is not multipart/form-data"};
    SEALPOST_TRY(const auto parameters, parse_parameters(content_type.substr(end)));
    for (const auto& parameter : parameters) {
        if (parameter.name != "boundary") continue;
        // RFC 2046 §5.1.1: "boundary delimiters ... must be no longer than 70 characters"
        if (parameter.value.empty() || parameter.value.size() > 70 || has_controls(parameter.value)) break;
        return parameter.value;
    }
    return broken("there is no usable boundary");
}

MultipartParser::MultipartParser(std::string_view boundary, MultipartLimits limits)
    : delimiter_("\r\n--" + std::string(boundary)), limits_(limits)
{
}

Result<std::vector<MultipartEvent>> MultipartParser::feed(std::string_view bytes)
{
    if (state_ == State::dead) return broken("the body was refused before");
    pending_ += bytes;
    std::vector<MultipartEvent> events;
    while (true) {
        const auto more = step(events);
        if (more.has_error()) {
            state_ = State::dead;
            return more.error();
        }
        if (!*more) return events;
    }
}

Result<> MultipartParser::finish() const
{
    if (state_ != State::epilogue) return broken("the body stops before its end");
    return {};
}

Result<bool> MultipartParser::step(std::vector<MultipartEvent>& events)
{
    switch (state_) {
        case State::preamble: return find_first_delimiter();
        case State::after_delimiter: return read_after_delimiter();
        case State::head: return read_head(events);
        case State::data: return read_data(events);
        case State::epilogue: pending_.clear(); return false;  // RFC 2046 §5.1.1: the epilogue is ignored
        case State::dead: break;
    }
    return false;
}

// RFC 2046 allows a preamble; no browser sends one, and we take none.
Result<bool> MultipartParser::find_first_delimiter()
{
    const auto compared = std::min(pending_.size(), delimiter_.size());
    if (std::string_view(pending_).substr(0, compared) != std::string_view(delimiter_).substr(0, compared))
        return broken("the body does not start with its boundary");
    if (pending_.size() < delimiter_.size()) return false;
    pending_.erase(0, delimiter_.size());
    state_ = State::after_delimiter;
    return true;
}

Result<bool> MultipartParser::read_after_delimiter()
{
    if (pending_.size() < 2) return false;
    const auto mark = pending_.substr(0, 2);
    pending_.erase(0, 2);
    if (mark == "--") {
        state_ = State::epilogue;
        return true;
    }
    if (mark != "\r\n") return broken("a boundary line goes on");
    if (++parts_ > limits_.max_parts) return Error{Fault::denied, "multipart/form-data: too many parts"};
    state_ = State::head;
    return true;
}

Result<bool> MultipartParser::read_head(std::vector<MultipartEvent>& events)
{
    const auto end = pending_.find("\r\n\r\n");
    // Without an end in sight, up to three octets of it may already be there.
    const auto head_bytes = end != std::string::npos ? end : pending_.size() - std::min<std::size_t>(3, pending_.size());
    if (head_bytes > limits_.max_part_head_bytes)
        return Error{Fault::denied, "multipart/form-data: the head of a part is too long"};
    if (end == std::string::npos) return false;
    SEALPOST_TRY(auto part, parse_part_head(std::string_view(pending_).substr(0, end)));
    events.emplace_back(std::move(part));
    pending_.erase(0, end + 4);
    state_ = State::data;
    return true;
}

Result<bool> MultipartParser::read_data(std::vector<MultipartEvent>& events)
{
    const auto found = pending_.find(delimiter_);
    // What may be the beginning of a delimiter waits for more.
    const auto held = std::min(pending_.size(), delimiter_.size() - 1);
    const auto sure = found != std::string::npos ? found : pending_.size() - held;
    if (sure > 0) events.emplace_back(PartData{pending_.substr(0, sure)});
    if (found == std::string::npos) {
        pending_.erase(0, sure);
        return false;
    }
    pending_.erase(0, found + delimiter_.size());
    events.emplace_back(PartEnd{});
    state_ = State::after_delimiter;
    return true;
}

Task<Result<std::optional<MultipartEvent>>> MultipartReader::next()
{
    while (at_ == events_.size()) {
        SEALPOST_CO_TRY(const std::string piece, co_await body_.next());
        if (piece.empty()) {
            SEALPOST_CO_CHECK(parser_.finish());
            co_return std::optional<MultipartEvent>();
        }
        SEALPOST_CO_TRY(events_, parser_.feed(piece));
        at_ = 0;
    }
    co_return std::optional<MultipartEvent>(std::move(events_[at_++]));
}

}  // namespace sealpost::http
