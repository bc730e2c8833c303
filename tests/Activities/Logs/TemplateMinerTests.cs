using FluentAssertions;
using Homelab.Activities.Logs;
using Homelab.Tests.Conformance;
using Microsoft.VisualBasic.FileIO;
using Xunit;
using Xunit.Abstractions;

namespace Homelab.Tests.Activities.Logs;

public class TemplateMinerTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("Accepted password for root from 10.0.0.7 port 50312 ssh2", "Accepted password for root from 192.168.1.9 port 22 ssh2")]
    [InlineData("Took 0.55 seconds to build instance.", "Took 20.1 seconds to build instance.")]
    [InlineData("session opened for user cyrus by (uid=0)", "session opened for user news by (uid=9)")]
    [InlineData("GET https://home.lan/a?b=1 failed", "GET https://nas.lan/ failed")]
    [InlineData("db.home.lan:5432 close, 10 bytes sent", "10.0.0.3:5432 close, 1266 bytes (1.23 KB) sent")]
    [InlineData("mount /dev/sda1 is full", "mount /srv/data is full")]
    public void Add_LinesThatDifferInValues_AreOneTemplate(string first, string second)
    {
        var miner = new TemplateMiner();
        miner.Add(first).Should().BeSameAs(miner.Add(second));
    }

    [Theory]
    [InlineData("VM Paused (Lifecycle Event)", "VM Resumed (Lifecycle Event)")]
    [InlineData("link eth up", "link eth down")]
    [InlineData("authentication failure; user=root", "authentication failure;")]
    public void Add_LinesThatDifferInWords_AreTwoTemplates(string first, string second)
    {
        var miner = new TemplateMiner();
        miner.Add(first).Should().NotBeSameAs(miner.Add(second));
    }

    [Fact]
    public void Add_WordWithManyValues_BecomesAVariable()
    {
        var miner = new TemplateMiner();
        var names = Enumerable.Range(0, 60).Select(i => $"{(char)('a' + (i / 26))}{(char)('a' + (i % 26))}bel").ToArray();
        foreach (var name in names)
            miner.Add($"backup of volume {name} finished");
        miner.Templates.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Text = "backup of volume <*> finished", Count = 60L });
    }

    [Fact]
    public void Add_EmptyAndHugeLines_AreTemplatesToo()
    {
        var miner = new TemplateMiner();
        miner.Add("").Text.Should().BeEmpty();
        miner.Add(new string('x', 100_000)).Count.Should().Be(1);
    }

    [ConformanceFact("logs")]
    [Trait("Category", "Conformance")]
    public void Mine_LogPaiSamples_MeanGroupingAccuracyAtLeast80Percent()
    {
        var accuracies = Directory.GetFiles(ConformanceFolder.Path("logs"), "*_structured.csv", System.IO.SearchOption.AllDirectories).Order().Select(file =>
        {
            var (events, contents) = Read(file);
            var miner = new TemplateMiner();
            var mined = contents.Select(content => miner.Add(content)).ToArray();
            var accuracy = GroupingAccuracy.Of(events, [.. mined.Select(template => template.Current.Id)]);
            output.WriteLine($"{Path.GetFileName(file)} {accuracy:F3}");
            return accuracy;
        }).ToArray();
        accuracies.Should().HaveCountGreaterThan(1);
        accuracies.Average().Should().BeGreaterThan(0.80);
    }

    private static (List<string> Events, List<string> Contents) Read(string file)
    {
        using var parser = new TextFieldParser(file) { HasFieldsEnclosedInQuotes = true, TrimWhiteSpace = false };
        parser.SetDelimiters(",");
        var header = parser.ReadFields()!;
        var (content, id) = (Array.IndexOf(header, "Content"), Array.IndexOf(header, "EventId"));
        List<string> events = [], contents = [];
        while (parser.ReadFields() is { } fields)
        {
            events.Add(fields[id]);
            contents.Add(fields[content]);
        }

        return (events, contents);
    }
}
