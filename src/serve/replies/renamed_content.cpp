#include "serve/replies/renamed_content.hpp"

#include "core/queue/answering.hpp"
#include "wire/mail/header_block.hpp"

namespace sealpost::replies {
namespace {

// A source from a later octet on.
class LaterSource final : public async::ByteSource {
public:
    LaterSource(std::size_t skip, std::unique_ptr<async::ByteSource> whole) : skip_(skip), whole_(std::move(whole)) {}

    Task<Result<std::string>> next() override
    {
        while (true) {
            SEALPOST_CO_TRY(std::string piece, co_await whole_->next());
            const std::size_t passed = std::min(skip_, piece.size());
            if (passed == 0) co_return piece;
            skip_ -= passed;
            piece.erase(0, passed);
            if (!piece.empty()) co_return piece;
        }
    }

private:
    std::size_t skip_;
    std::unique_ptr<async::ByteSource> whole_;
};

}  // namespace

Task<Result<courier::Content>> rename_content(std::shared_ptr<queue::Queue> queue, queue::DueMessage message,
                                              identity::SenderNames names)
{
    auto source = queue->read(message.content);
    SEALPOST_CO_TRY(const std::string old_head, co_await queue::read_head(std::move(source)));
    if (!mail::find_end_of_head(old_head)) co_return Error{Fault::give_up, "the head of a queued message does not end"};
    SEALPOST_CO_TRY(auto head, mail::HeaderBlock::parse(old_head));
    head.set("From", names.from);
    if (names.reply_to.empty())
        head.remove("Reply-To");
    else
        head.set("Reply-To", names.reply_to);
    std::string new_head = head.text() + "\r\n";
    courier::Content content;
    content.size = static_cast<std::uint64_t>(message.size) - old_head.size() + new_head.size();
    content.read = courier::put_before(std::move(new_head), [queue, id = message.content, skip = old_head.size()] {
        return std::make_unique<LaterSource>(skip, queue->read(id));
    });
    co_return content;
}

}  // namespace sealpost::replies
