#pragma once

#include "core/queue/queue.hpp"
#include "sys/async/wait.hpp"
#include "temporary_folder.hpp"
#include "test_store.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

namespace sealpost::queue {

// Runs a task to its end on this thread.
template <class T>
T wait_for(Task<T> task)
{
    return async::wait_here(std::move(task));
}

inline Task<Result<std::string>> read_all(std::unique_ptr<async::ByteSource> source)
{
    std::string text;
    for (;;) {
        auto piece = co_await source->next();
        if (piece.has_error()) co_return piece.error();
        if (piece->empty()) co_return text;
        text += *piece;
    }
}

inline NewMessage make_message(std::vector<std::string> to, std::string sender = "alice@acme.test")
{
    NewMessage message;
    message.lane = "relay";
    message.sender = std::move(sender);
    for (auto& address : to) message.recipients.push_back({std::move(address), "", ""});
    return message;
}

inline RecipientOutcome outcome(int index, RecipientOutcome::Kind kind, std::string text = "said so")
{
    RecipientOutcome made;
    made.index = index;
    made.kind = kind;
    made.text = std::move(text);
    return made;
}

inline Report report_of(std::vector<RecipientOutcome> outcomes)
{
    Report report;
    report.outcomes = std::move(outcomes);
    return report;
}

// A queue in a directory of its own, at a time that stands still.
class QueueFixture : public testing::Test {
protected:
    static constexpr std::string_view content = "Subject: hello\r\nX-Kind: test\r\n\r\nThe body.\r\n";

    QueueFixture() { open(); }
    ~QueueFixture() override { close(); }

    [[nodiscard]] std::string path() const { return directory_ + "/store.db"; }

    void open()
    {
        database_ = test::open_store(path()).value();
        queue_ = Queue::open(database_, clock_, log::Log::silent(), settings_).value();
    }
    void close()
    {
        queue_.reset();
        database_.reset();
    }

    std::unique_ptr<ContentWriter> write(std::string_view text)
    {
        auto writer = queue_->begin();
        EXPECT_TRUE(wait_for(writer->write(std::string(text))).has_value());
        return writer;
    }
    MessageId accept(NewMessage message, std::string_view text = content)
    {
        return wait_for(queue_->accept(std::move(message), write(text))).value();
    }
    std::vector<DueMessage> claim(int most = 10, int most_per_domain = 20)
    {
        return wait_for(queue_->claim(most, [=](const std::string&) { return most_per_domain; })).value();
    }
    void settle(MessageId message, std::vector<RecipientOutcome> outcomes)
    {
        EXPECT_TRUE(wait_for(queue_->settle(message, report_of(std::move(outcomes)))).has_value());
    }
    std::string read(ContentId id) { return wait_for(read_all(queue_->read(id))).value(); }

    std::int64_t ask(std::string sql) { return test::ask_number(*database_, std::move(sql)); }

    test::TemporaryFolder temporary_;
    const std::string directory_ = temporary_.path().string();
    ManualClock clock_{WallTime(std::chrono::milliseconds(1'800'000'000'000))};
    Settings settings_{{}, "mx1.acme.test", std::chrono::days(30), {}};
    std::shared_ptr<db::Database> database_;
    std::shared_ptr<Queue> queue_;
};

}  // namespace sealpost::queue
