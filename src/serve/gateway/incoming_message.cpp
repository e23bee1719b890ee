#include "serve/gateway/incoming_message.hpp"

namespace sealpost::gateway {

using smtp::Reply;

namespace {

// What a head takes once it is parsed, until the 250: its text here and with DKIM, copies of both while they are judged and
// written, and for each field the objects around it.
constexpr std::size_t copies_of_head = 4;
constexpr std::size_t bytes_of_field = 400;

}  // namespace

IncomingMessage::IncomingMessage(std::unique_ptr<queue::ContentWriter> content, Authentication* authentication, bool is_outgoing)
    : content_(std::move(content)), authentication_(authentication), is_outgoing_(is_outgoing)
{
    content_->keep_place_for_head();
}

Task<void> IncomingMessage::append(std::string piece)
{
    if (refusal_) co_return;
    if (head_is_whole_) {
        co_await take_body(std::move(piece));
        co_return;
    }
    beginning_ += piece;
    const auto end = sealpost::mail::find_end_of_head(beginning_);
    const bool is_decided = end || policy::decide_head_size(beginning_.size()).is_refusal();
    if (is_decided) co_await take_head(end.value_or(beginning_.size()));
}

Task<void> IncomingMessage::end()
{
    if (!refusal_ && !head_is_whole_) co_await take_head(beginning_.size());
}

bool IncomingMessage::is_refused(const policy::Ruling& ruling)
{
    if (ruling.is_refusal()) refusal_ = Reply(static_cast<int>(ruling.code), ruling.enhanced_code, ruling.text);
    return ruling.is_refusal();
}

void IncomingMessage::refuse(Reply why)
{
    if (refusal_) return;
    refusal_ = std::move(why);
    std::string().swap(beginning_);
    content_.reset();
}

std::size_t IncomingMessage::held_bytes() const
{
    return beginning_.capacity() + head_held_bytes_ + (content_ ? content_->buffered_bytes() : 0);
}

// Of the first `most` octets, in which it ends, or which are more than it may have.
Task<void> IncomingMessage::take_head(std::size_t most)
{
    head_is_whole_ = true;
    const std::size_t end = policy::decide_end_of_head(std::string_view(beginning_).substr(0, most), is_outgoing_);
    if (is_refused(policy::decide_head_size(end))) {
        std::string().swap(beginning_);
        co_return;
    }
    std::string rest = beginning_.substr(end);
    auto head = sealpost::mail::HeaderBlock::parse(std::string_view(beginning_).substr(0, end), policy::intake_limits);
    std::string().swap(beginning_);  // = {} would keep its memory for as long as the body comes
    if (is_refused(policy::decide_head(head))) co_return;
    head_ = std::move(*head);
    head_held_bytes_ = copies_of_head * end + bytes_of_field * head_.fields().size();
    if (authentication_ != nullptr) authentication_->append_head(head_);
    co_await take_body(std::move(rest));
}

Task<void> IncomingMessage::take_body(std::string piece)
{
    if (authentication_ != nullptr) authentication_->append_body(piece);
    auto written = co_await content_->write(std::move(piece));
    if (written.has_error()) refusal_ = Reply(452, "4.3.1", "The message cannot be stored at the moment");
}

std::unique_ptr<queue::ContentWriter> IncomingMessage::complete(std::string fields)
{
    content_->put_head(std::move(fields) + "\r\n");
    return std::move(content_);
}

}  // namespace sealpost::gateway
