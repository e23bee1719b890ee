#include "serve/reader/opening_world.hpp"
#include "serve/reader/upload_memory.hpp"

#include "sys/async/task_group.hpp"
#include "wire/mail/mime_writer.hpp"

#include <future>

namespace sealpost::test {
namespace {

using http::Method;

Task<void> pass_some_time()
{
    [[maybe_unused]] auto passed = co_await async::sleep_until(Deadline::after(std::chrono::milliseconds(1)));
}

// A body that stands still where it ought to go on.
class StalledBody final : public async::ByteSource {
public:
    StalledBody(std::string begin, std::size_t& settled, const bool& is_over)
        : begin_(std::move(begin)), settled_(settled), is_over_(is_over)
    {
    }
    Task<Result<std::string>> next() override
    {
        auto piece = co_await begin_.next();
        if (piece.has_error() || !piece->empty()) co_return piece;
        ++settled_;
        while (!is_over_) co_await pass_some_time();
        co_return Error{Fault::retry_later, "the client went away"};
    }

private:
    async::StringSource begin_;
    std::size_t& settled_;
    const bool& is_over_;
};

class Ingest : public OpeningWorld {
protected:
    struct Upload {
        IpAddress from;
        std::string file;
        Answer answer = {};
    };
    static IpAddress network(std::uint8_t number) { return IpAddress::v4({10, 0, number, 1}); }

    static std::string make_mail(const std::string& page)
    {
        mail::MimeWriter mime("boundary");
        std::string text = mime.begin_mixed({{"From", "alice@acme.test"}, {"Subject", "Fwd"}});
        text += mime.add_text("see below");
        text += mime.begin_attachment("message.html", "text/html");
        text += mime.append(page);
        text += mime.end_attachment();
        return text + mime.end();
    }

    // The pool is busy until many writes behind those of the call are done.
    Task<void> ask_while_pool_is_busy(Client& client, Call& call, Answer& answer, int& status_meanwhile)
    {
        auto executor = co_await async::this_executor();
        async::TaskGroup group(executor);
        std::promise<void> end;
        group.spawn(keep_busy(pool_, end.get_future().share()));
        group.spawn(run(client, call, answer));
        for (int i = 0; i < 30; ++i) {
            auto work = [](db::Connection& connection) { return connection.execute("select 1"); };
            const auto written = co_await database_->write(std::move(work));
            EXPECT_TRUE(written.has_value());
        }
        status_meanwhile = answer.status;
        end.set_value();
        co_await group.join();
    }
    // One after the other they begin, and stand still before their end, or are refused; then comes one that is whole.
    Task<void> ask_beside(std::vector<Upload>& slow, Upload& whole)
    {
        auto executor = co_await async::this_executor();
        async::TaskGroup group(executor);
        bool is_over = false;
        for (std::size_t i = 0; i < slow.size(); ++i) {
            group.spawn(stall(slow[i], is_over));
            while (settled_ <= i) co_await pass_some_time();
        }
        Client client = make_client(whole.from);
        Call call = make_ingest(whole.file);
        co_await run(client, call, whole.answer);
        is_over = true;
        co_await group.join();
    }
    Task<void> stall(Upload& upload, const bool& is_over)
    {
        Client client = make_client(upload.from);
        Call call = make_ingest(upload.file);
        StalledBody body(call.body.substr(0, call.body.rfind("\r\n--FORM7--")), settled_, is_over);
        co_await run(client, call, body, upload.answer);
        if (is_over) co_return;
        ++settled_;
        ++refused_;
    }
    static Client make_client(const IpAddress& address)
    {
        Client client;
        client.origin = "null";
        client.address = address;
        return client;
    }
    static Task<void> keep_busy(async::BlockingPool& pool, std::shared_future<void> end)
    {
        auto wait = [end] {
            end.wait();
            return true;
        };
        [[maybe_unused]] const bool has_ended = co_await pool.run(std::move(wait));
    }

    std::size_t settled_ = 0;
    std::size_t refused_ = 0;  // of them
};

TEST_F(Ingest, TakesArmorPageAndMail)
{
    store(false);
    const std::string page = make_page(age_file_);
    for (const std::string& file : {age_file_, armor(age_file_), page, make_mail(page)}) {
        const Answer answer = ingest(file);
        ASSERT_EQ(answer.status, 201) << answer.body;
        EXPECT_EQ(card(answer.text("ticket")).text("source"), "ticket");
        EXPECT_EQ(content(answer.text("ticket")), age_file_);
    }
}

TEST_F(Ingest, HoldsNoMoreOfMailsInMemoryThanAllowed)
{
    store(false);
    const std::string large = "Subject: x\r\n\r\n" + std::string(5 * 1024 * 1024, 'x');
    EXPECT_EQ(ingest(large).problem(), "try-later");
    EXPECT_EQ(ingest(large.substr(0, 2'000'000)).problem(), "try-later") << "its parts would not fit beside it";
    const std::string fair = large.substr(0, 1024 * 1024);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ingest(fair).problem(), "not-an-envelope") << "the room is given back";
    const std::string mail = make_mail(make_page(seal(std::string(500'000, 'x'))));
    EXPECT_EQ(ingest(mail).status, 201);
}

TEST_F(Ingest, LeavesRoomForOthersHoweverSlowlyOneNetworkSendsMails)
{
    const std::string slow = "Subject: x\r\n\r\n" + std::string(2'000'000, 'x');
    std::vector<Upload> uploads{{network(1), slow}, {IpAddress::v4({10, 0, 1, 2}), slow}};
    Upload other{network(2), make_mail(make_page(age_file_))};
    async::run_here([&] { return ask_beside(uploads, other); });
    EXPECT_EQ(refused_, 1U) << "it would be more than is left to others";
    EXPECT_EQ(other.answer.status, 201) << other.answer.body;
}

TEST_F(Ingest, TakesSmallFilesWhateverMailsHold)
{
    std::vector<Upload> uploads;
    for (std::size_t half = 2 * 1024 * 1024; half > 2048; half /= 2) {  // of what the one before left
        const std::string text(reader::UploadMemory::uncounted_bytes + half - 100, 'x');
        uploads.push_back({network(static_cast<std::uint8_t>(uploads.size())), "Subject: x\r\n" + text});
    }
    Upload small{network(200), make_mail(make_page(seal("x")))};
    async::run_here([&] { return ask_beside(uploads, small); });
    EXPECT_EQ(refused_, 0U);
    EXPECT_EQ(small.answer.status, 201) << small.answer.body;
}

// A large mail takes seconds: the worker that read it has other connections.
TEST_F(Ingest, SearchesLargeMailsBesideTheWorker)
{
    store(false);
    Client browser;
    Call call = make_ingest(make_mail(make_page(seal(std::string(500'000, 'x')))));
    Answer answer;
    int status_meanwhile = 0;
    async::run_here([&] { return ask_while_pool_is_busy(browser, call, answer, status_meanwhile); });
    EXPECT_EQ(status_meanwhile, 0) << "it waits for the pool";
    EXPECT_EQ(answer.status, 201);
}

TEST_F(Ingest, TakesNothingInWhileTheStoreHasNoRoom)
{
    has_room_ = false;
    EXPECT_EQ(ingest(armor(age_file_)).status, 503);
    const Answer page = ingest(armor(age_file_), "null", "text/html");
    EXPECT_EQ(page.status, 503);
    EXPECT_NE(page.body.find("<!doctype html>"), std::string::npos);
    has_room_ = true;
    EXPECT_EQ(ingest(armor(age_file_)).status, 201);
}

TEST_F(Ingest, SendsABrowserOnWithoutCookiesWhateverItsOrigin)
{
    store(false);
    for (const std::string origin : {"null", "", "https://elsewhere.test"}) {
        const Answer answer = ingest(armor(age_file_), origin, "text/html");
        EXPECT_EQ(answer.status, 303);
        EXPECT_THAT(std::string(answer.headers.find("Location").value()), testing::MatchesRegex("/open/[A-Za-z0-9_-]{43}"));
        EXPECT_FALSE(answer.headers.has("Set-Cookie"));
    }
}

TEST_F(Ingest, RefusesWhatIsNoEnvelope)
{
    for (const std::string& file : {std::string(), std::string("hello"), std::string("<html>no armor</html>"),
                                    armor(age_file_).substr(0, 5000), make_mail("<p>nothing</p>")}) {
        EXPECT_EQ(ingest(file).problem(), "not-an-envelope") << file.substr(0, 60);
        const Answer page = ingest(file, "null", "text/html");
        EXPECT_EQ(page.status, 422);
        EXPECT_THAT(page.body, testing::HasSubstr("not a sealed message"));
    }
    Client browser;
    EXPECT_EQ(ask(browser, {Method::post, "/ingest", "--b\r\n", "text/plain"}).problem(), "bad-request");
    const std::string other = "--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--b--\r\n";
    EXPECT_EQ(ask(browser, {Method::post, "/ingest", other, "multipart/form-data; boundary=b"}).text("field"), "envelope");
}

// The store's one writer is everybody's.
TEST_F(Ingest, AsksTheStoreForNothingBeforeThereIsSomethingToKeep)
{
    database_->close();
    for (const std::string& file : {std::string(), std::string("hello"), std::string("<html>no armor</html>"),
                                    "Subject: x\r\n\r\n" + std::string(600'000, 'x'), make_mail("<p>nothing</p>")})
        EXPECT_EQ(ingest(file).problem(), "not-an-envelope") << file.substr(0, 60);
    EXPECT_EQ(ingest(armor(age_file_)).problem(), "try-later");
}

TEST_F(Ingest, NamesADamagedCopyAndHealsItFromTheHostedOne)
{
    std::string damaged = age_file_;
    damaged[damaged.size() - 5] = static_cast<char>(damaged[damaged.size() - 5] ^ 1);
    store(true);
    const std::string ticket = ingest(make_page(damaged)).text("ticket");
    const auto what = card(ticket).object();
    EXPECT_TRUE(what.at("damaged").as_bool());
    EXPECT_TRUE(what.at("healed").as_bool());
    EXPECT_EQ(content(ticket), age_file_);
}

TEST_F(Ingest, NamesADamagedCopyThatNothingHeals)
{
    std::string damaged = age_file_;
    damaged[damaged.size() - 5] = static_cast<char>(damaged[damaged.size() - 5] ^ 1);
    store(false);
    const auto what = card(ingest(make_page(damaged)).text("ticket")).object();
    EXPECT_TRUE(what.at("damaged").as_bool());
    EXPECT_FALSE(what.at("healed").as_bool());
}

}  // namespace
}  // namespace sealpost::test
