#pragma once

#include "ledger.hpp"
#include "sys/async/workers.hpp"

#include <array>
#include <future>
#include <latch>
#include <mutex>
#include <thread>

// A life of the queue's program, for queue_crash_test.cpp.
namespace sealpost::crash {

using queue::make_message;
using queue::MessageId;
using queue::NewMessage;
using queue::outcome;
using queue::Queue;
using queue::Report;
using queue::report_of;
using queue::wait_for;
using Kind = queue::RecipientOutcome::Kind;
using State = queue::RecipientState;

inline constexpr std::string_view head = "Subject: crash\r\n\r\n";

// Keeps the writer, or a snapshot of a reader, until it is opened; a store that is dead already is not held.
class Gate {
public:
    void hold_writer(db::Database& database)
    {
        (void)database.write_now([this](db::Connection&) { return wait(); });
        tell();
    }
    void hold_snapshot(db::Database& database)
    {
        (void)database.read_now([this](db::Connection& connection) -> Result<> {
            SEALPOST_CHECK(connection.prepare("select count(*) from queue_message").step());
            return wait();
        });
        tell();
    }
    void wait_until_held() { held_.get_future().wait(); }
    void open() { opened_.set_value(); }

private:
    Result<> wait()
    {
        tell();
        opened_.get_future().wait();
        return {};
    }
    void tell()
    {
        std::call_once(told_, [this] { held_.set_value(); });
    }
    std::once_flag told_;
    std::promise<void> held_, opened_;
};

// One life of the program, which may end in the middle.
class Life {
public:
    Life(const std::string& path, const Clock& clock, const db::Options& options = {})
    {
        auto opened = db::Database::open(path, options);
        if (opened.has_error()) return;
        database_ = *opened;
        auto queue = Queue::open(database_, clock, log::Log::silent(), {{}, "mx1.acme.test", std::chrono::days(30)});
        if (queue.has_error()) return;
        queue_ = *queue;
        queue_->stop_waiting(Deadline::after(std::chrono::seconds(0)));  // a dead store stays dead
    }
    ~Life() { end(); }
    Life(const Life&) = delete;
    Life& operator=(const Life&) = delete;

    [[nodiscard]] bool is_alive() const { return queue_ != nullptr; }
    [[nodiscard]] Queue& queue() { return *queue_; }
    [[nodiscard]] db::Database& database() { return *database_; }
    void end()
    {
        queue_.reset();
        if (database_) database_->close();
        database_.reset();
    }

    std::unique_ptr<queue::ContentWriter> write(const std::string& text)
    {
        auto writer = queue_->begin();
        for (std::size_t at = 0; at < text.size(); at += 100'000) {
            if (wait_for(writer->write(text.substr(at, 100'000))).has_error()) break;
        }
        return writer;
    }

    void accept(Ledger& ledger, std::vector<NewMessage> messages, const std::string& text)
    {
        ledger.expect_accept(text);
        std::vector<std::size_t> counts;
        for (const auto& message : messages) counts.push_back(message.recipients.size());
        auto ids = wait_for(queue_->accept_all(std::move(messages), write(text)));
        if (ids.has_error()) return;
        for (std::size_t number = 0; number < ids->size(); ++number) ledger.note_accepted(ids->at(number), text, counts[number]);
    }

    // One message of this key, the newest that there is.
    void accept_once(Ledger& ledger, const queue::Once& once, const std::string& text)
    {
        ledger.expect_accept(text);
        const auto note = wait_for(queue_->accept_all_once(once, {make_message({"bob@partner.test"})}, write(text)));
        if (note.has_error()) return;
        EXPECT_EQ(*note, once.note);
        queue::ListFilter newest;
        newest.newest_first = true;
        newest.most = 1;
        ledger.note_accepted(wait_for(queue_->list(newest)).value().at(0).id, text, 1);
    }

    // The same with the head written last, as mail from outside comes.
    void accept_head_last(Ledger& ledger, NewMessage message, const std::string& text)
    {
        ledger.expect_accept(text);
        auto writer = queue_->begin();
        writer->keep_place_for_head();
        for (std::size_t at = head.size(); at < text.size(); at += 100'000) {
            if (wait_for(writer->write(text.substr(at, 100'000))).has_error()) break;
        }
        writer->put_head(text.substr(0, head.size()));
        const auto recipients = message.recipients.size();
        auto id = wait_for(queue_->accept(std::move(message), std::move(writer)));
        if (id.has_value()) ledger.note_accepted(*id, text, recipients);
    }

    // Three accepts, a settlement, and a write that fails: all in one commit, since another holds the writer meanwhile.
    void commit_together(Ledger& ledger, MessageId id, Report report, Snapshot after)
    {
        constexpr std::size_t accepts = 3;
        std::array<std::unique_ptr<queue::ContentWriter>, accepts> contents;
        std::array<MessageId, accepts> ids;
        for (std::size_t number = 0; number < accepts; ++number) {
            contents[number] = write(text_of(number));
            ledger.expect_accept(text_of(number));
        }
        ledger.expect(id, std::move(after));
        bool is_settled = false;
        std::latch done(accepts + 2);
        auto accept = [&](std::size_t number) -> Task<void> {
            NewMessage message = make_message({"bob@partner.test"});
            auto accepted = co_await queue_->accept(std::move(message), std::move(contents[number]));
            if (accepted.has_value()) ids[number] = *accepted;
            done.count_down();
        };
        auto settle = [&]() -> Task<void> {
            auto settled = co_await queue_->settle(id, std::move(report));
            is_settled = settled.has_value();
            done.count_down();
        };
        auto fail = [&]() -> Task<void> {
            auto work = [](db::Connection& connection) -> Result<> {
                SEALPOST_CHECK(connection.execute("update queue_nudge set value = value + 1000"));
                return Error{Fault::give_up, "as the test wants it"};
            };
            auto failed = co_await database_->write_repeatable(std::move(work));
            EXPECT_TRUE(failed.has_error());
            done.count_down();
        };
        Gate gate;
        auto open = [&]() -> Task<void> {
            gate.open();
            co_return;
        };
        std::thread holder([&] { gate.hold_writer(*database_); });
        gate.wait_until_held();
        async::Workers workers(1);
        for (std::size_t number = 0; number < accepts; ++number) workers.spawn(0, accept(number));
        workers.spawn(0, settle());
        workers.spawn(0, fail());
        workers.spawn(0, open());
        done.wait();
        holder.join();
        for (std::size_t number = 0; number < accepts; ++number)
            if (ids[number] != MessageId()) ledger.note_accepted(ids[number], text_of(number), 1);
        if (is_settled) ledger.note_answered(id);
    }

    void settle(Ledger& ledger, MessageId id, Report report, Snapshot after)
    {
        ledger.expect(id, std::move(after));
        if (wait_for(queue_->settle(id, std::move(report))).has_value()) ledger.note_answered(id);
    }

private:
    static std::string text_of(std::size_t number) { return std::string(head) + "together " + std::to_string(number) + "\r\n"; }

    std::shared_ptr<db::Database> database_;
    std::shared_ptr<Queue> queue_;
};

}  // namespace sealpost::crash
