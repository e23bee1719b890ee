#include "serve/sealer/spool.hpp"

#include "serve/task_answers.hpp"
#include "temporary_folder.hpp"

namespace sealpost::sealer {
namespace {

using queue::wait_for;

class SpoolTest : public testing::Test {
protected:
    std::shared_ptr<Spool> make() { return std::make_shared<Spool>(pool_, directory_); }
    static void write(Spool& spool, std::string piece) { ASSERT_TRUE(wait_for(spool.write(std::move(piece))).has_value()); }
    static std::string read(Spool& spool) { return wait_for(queue::read_all(spool.read())).value(); }

    async::BlockingPool pool_{1};
    test::TemporaryFolder temporary_;
    const std::string directory_ = temporary_.path().string();
};

// Octets whose place can be told.
std::string make_content(std::size_t size)
{
    std::string content;
    for (int line = 0; content.size() < size; ++line) content += std::to_string(line) + '\n';
    content.resize(size);
    return content;
}

TEST_F(SpoolTest, GivesBackWhatIsSmallAsOftenAsWanted)
{
    auto spool = make();
    EXPECT_EQ(read(*spool), "");
    write(*spool, "one ");
    write(*spool, "two");
    EXPECT_EQ(spool->size(), 7U);
    EXPECT_EQ(read(*spool), "one two");
    EXPECT_EQ(read(*spool), "one two");
}

TEST_F(SpoolTest, GivesBackWhatIsLargerThanItsMemory)
{
    for (const std::size_t size : {Spool::max_memory_bytes - 1, Spool::max_memory_bytes, Spool::max_memory_bytes + 1,
                                   2 * Spool::max_memory_bytes + 2, std::size_t{3'456'789}}) {
        const std::string content = make_content(size);
        auto spool = make();
        for (std::size_t at = 0; at < size; at += 100'000) write(*spool, content.substr(at, 100'000));
        EXPECT_EQ(spool->size(), size);
        EXPECT_TRUE(read(*spool) == content) << size;
        EXPECT_TRUE(read(*spool) == content) << size << ", again";
    }
}

TEST_F(SpoolTest, ReadsInPiecesThatASourceMayGive)
{
    auto spool = make();
    write(*spool, make_content(2'500'000));
    auto source = spool->read();
    std::size_t seen = 0;
    while (true) {
        const auto piece = wait_for(source->next()).value();
        if (piece.empty()) break;
        EXPECT_LE(piece.size(), async::ByteSource::max_piece_bytes);
        seen += piece.size();
    }
    EXPECT_EQ(seen, 2'500'000U);
}

TEST_F(SpoolTest, LivesAsLongAsWhoReadsIt)
{
    auto spool = make();
    write(*spool, "kept");
    auto source = spool->read();
    spool.reset();
    EXPECT_EQ(wait_for(queue::read_all(std::move(source))).value(), "kept");
}

TEST_F(SpoolTest, LeavesNoNameInItsDirectory)
{
    auto spool = make();
    write(*spool, make_content(2'000'000));
    EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

TEST_F(SpoolTest, SaysTryAgainWithoutItsDirectory)
{
    auto spool = std::make_shared<Spool>(pool_, directory_ + "/missing");
    EXPECT_EQ(wait_for(spool->write(make_content(2'000'000))).error().fault, Fault::retry_later);
}

}  // namespace
}  // namespace sealpost::sealer
