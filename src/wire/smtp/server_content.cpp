// DATA and BDAT: from the go-ahead to the end of the content.
#include "wire/smtp/server_session.hpp"

#include <algorithm>

namespace sealpost::smtp {
namespace {

std::string_view describe(TextScanner::Found found)
{
    switch (found) {
        case TextScanner::Found::bare_cr: return "The message holds a CR without LF";
        case TextScanner::Found::bare_lf: return "The message holds a LF without CR";
        case TextScanner::Found::nul: return "The message holds a NUL";
        default: return "The message is malformed";
    }
}

}  // namespace

// The octets of a chunk are taken off the wire whatever is wrong: RFC 3030 §2: "the receiver-SMTP MUST
// accept and discard" them, since the client may have sent them already.
ServerSession::Step ServerSession::run_bdat(const Command& command)
{
    auto parsed = parse_bdat(command.argument);
    // Without a length nobody knows where the next command begins.
    if (const auto* refusal = std::get_if<Reply>(&parsed))
        return end_with(*refusal, Ended::Why::violation, "BDAT without a length");
    const Chunk chunk = std::get<Chunk>(parsed);
    const std::uint64_t most = profile_.limits.max_message_bytes;
    if (most != 0 && chunk.bytes > most + max_discarded_bytes)  // its end would never be heard
        return end_with({552, "5.3.4", "The chunk is larger than any message may be"}, Ended::Why::limit, "an endless chunk");
    chunk_bytes_ = chunk_left_ = chunk.bytes;
    chunk_is_last_ = chunk.is_last;
    state_ = State::chunk;
    chunk_is_of_message_ = mail_accepted_ || chunk_refusal_;
    if (!chunk_refusal_) discarded_bytes_ = 0;  // else it goes on: one message has one bound
    content_refusal_ = chunk_refusal_ ? chunk_refusal_ : find_content_obstacle();
    if (content_refusal_) return std::nullopt;
    if (chunking_) return std::nullopt;
    return await(Awaited::go_ahead, ContentWanted{});
}

ServerSession::Step ServerSession::next_data()
{
    const TextScanner::Step found = scanner_.scan(buffer_.waiting());
    buffer_.consume(found.consumed);
    switch (found.found) {
        case TextScanner::Found::more: return ServerEvent(NeedInput{});
        case TextScanner::Found::piece: return take_piece(found.piece);
        case TextScanner::Found::end: return end_content();
        default: return break_off_content(found.found);
    }
}

ServerSession::Step ServerSession::next_chunk()
{
    if (chunk_left_ == 0) return end_chunk();
    const std::string_view waiting = buffer_.waiting();
    if (waiting.empty()) return ServerEvent(NeedInput{});
    const std::string_view part = waiting.substr(0, std::min<std::uint64_t>(waiting.size(), chunk_left_));
    if (content_refusal_) {
        buffer_.consume(part.size());
        chunk_left_ -= part.size();
        return take_piece(part);
    }
    const TextScanner::Step found = scanner_.scan(part);
    buffer_.consume(found.consumed);
    chunk_left_ -= found.consumed;
    if (found.found == TextScanner::Found::piece) return take_piece(found.piece);
    if (found.found == TextScanner::Found::more) return std::nullopt;
    return break_off_content(found.found);
}

ServerSession::Step ServerSession::end_chunk()
{
    if (content_refusal_) return end_content();
    if (!chunk_is_last_) {
        state_ = State::command;
        if (chunk_bytes_ == 0)
            if (auto ended = count_idle()) return ended;
        say({250, "2.0.0", std::to_string(chunk_bytes_) + " octets received"});
        return std::nullopt;
    }
    if (scanner_.cr_is_pending()) return break_off_content(TextScanner::Found::bare_cr);
    // A message is made of whole lines; with DATA the client would have had to end this one.
    if (!scanner_.is_at_line_start()) return take_piece(scanner_.scan("\r\n").piece);
    return end_content();
}

std::optional<Reply> ServerSession::find_excess() const
{
    const ServerLimits& limits = profile_.limits;
    if (limits.max_message_bytes != 0 && scanner_.content_bytes() > limits.max_message_bytes)
        return Reply(552, "5.3.4", "The message is larger than " + std::to_string(limits.max_message_bytes) + " octets");
    if (scanner_.head_bytes() > limits.max_head_bytes)
        return Reply(552, "5.3.4", "The header is larger than " + std::to_string(limits.max_head_bytes) + " octets");
    if (scanner_.longest_line_bytes() > limits.max_text_line_bytes)
        return Reply(554, "5.6.0", "A line is longer than " + std::to_string(limits.max_text_line_bytes) + " octets");
    return std::nullopt;
}

ServerSession::Step ServerSession::take_piece(std::string_view piece)
{
    if (content_refusal_) {
        discarded_bytes_ += piece.size();
        if (discarded_bytes_ <= max_discarded_bytes) return std::nullopt;
        return end_with(*content_refusal_, Ended::Why::limit, "refused content without end");
    }
    if (auto excess = find_excess()) {
        limits_met_.emplace_back(excess->code == 552 ? "message_size" : "line_length");
        return give_up_content(std::move(*excess));
    }
    return ServerEvent(ContentPiece{piece});
}

ServerSession::Step ServerSession::break_off_content(TextScanner::Found found)
{
    const Reply broken(554, "5.6.0", describe(found));
    note(Refusal::At::content, broken, {});
    end_with(broken, Ended::Why::violation, describe(found));
    ended_->amid_content = true;
    return ServerEvent(*ended_);
}

ServerSession::Step ServerSession::give_up_content(Reply refusal)
{
    content_refusal_ = std::move(refusal);
    note(Refusal::At::content, *content_refusal_, {});
    discarded_bytes_ = 0;
    forget_transaction();
    return ServerEvent(TransactionReset{});
}

// RFC 3030 §2: a chunk that is refused fails the transaction. Its followers may be on their way: without the chunk they
// would make another message.
ServerSession::Step ServerSession::end_refused_content()
{
    const bool fails_transaction = state_ == State::chunk && recipients_ > 0;
    Step ended = say_content_refusal(*std::exchange(content_refusal_, std::nullopt));
    state_ = State::command;
    if (ended || !fails_transaction) return ended;
    forget_transaction();
    return ServerEvent(TransactionReset{});
}

// RFC 3030 §4.2 lets chunks be pipelined: those that were on their way when their message was refused are no errors of
// their own, nor is it one that we cannot take a message for the moment.
ServerSession::Step ServerSession::say_content_refusal(const Reply& refusal)
{
    const bool is_follower = state_ == State::chunk && chunk_refusal_.has_value();
    const bool goes_on = state_ == State::chunk && chunk_is_of_message_ && !chunk_is_last_;
    chunk_refusal_ = goes_on ? std::optional<Reply>(refusal) : std::nullopt;
    if (refusal.is_permanent() && !is_follower) return blame(refusal);
    say(refusal);
    return is_follower && chunk_bytes_ > 0 ? std::nullopt : Step(count_idle());
}

ServerSession::Step ServerSession::end_content()
{
    if (content_refusal_) return end_refused_content();
    forget_transaction();
    return await(Awaited::final, ContentEnded{});
}

}  // namespace sealpost::smtp
