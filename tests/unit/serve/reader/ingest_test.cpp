#include "serve/reader/opening_world.hpp"

#include "sys/async/task_group.hpp"
#include "wire/mail/mime_writer.hpp"

#include <future>

namespace sealpost::test {
namespace {

using http::Method;

class Ingest : public OpeningWorld {
protected:
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
    static Task<void> keep_busy(async::BlockingPool& pool, std::shared_future<void> end)
    {
        auto wait = [end] {
            end.wait();
            return true;
        };
        [[maybe_unused]] const bool has_ended = co_await pool.run(std::move(wait));
    }
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
    EXPECT_EQ(ingest(large.substr(0, 3 * 1024 * 1024)).problem(), "try-later") << "its parts would not fit beside it";
    const std::string fair = large.substr(0, 1024 * 1024);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ingest(fair).problem(), "not-an-envelope") << "the room is given back";
    const std::string mail = make_mail(make_page(seal(std::string(500'000, 'x'))));
    EXPECT_EQ(ingest(mail).status, 201);
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
