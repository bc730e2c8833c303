using FluentAssertions;
using Homelab.Activities;
using Homelab.Activities.Notify;
using Microsoft.Extensions.DependencyInjection;
using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Xunit;

namespace Homelab.Tests.Activities.Notify;

public sealed class MessagePacerTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly ConcurrentQueue<string> _sent = new();
    private readonly MessagePacer _pacer;

    public MessagePacerTests() => _pacer = new(_time);

    [Fact]
    public async Task Send_MoreThanTheLimit_WaitsAndGoesOutAsOne()
    {
        // 20 a minute: five at once, then one each three seconds.
        var atOnce = Enumerable.Range(1, 5).Select(number => SendAsync($"m{number}")).ToList();
        await Task.WhenAll(atOnce);
        _sent.Should().Equal("m1", "m2", "m3", "m4", "m5");
        var later = Enumerable.Range(6, 3).Select(number => SendAsync($"m{number}")).ToList();
        later.Should().OnlyContain(sending => !sending.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(3));
        await Task.WhenAll(later);
        _sent.Skip(5).Should().Equal("m6\n\nm7\n\nm8");
        (await Task.WhenAll(later)).Should().OnlyContain(id => id == "6", "all of them are that message");
    }

    [Fact]
    public async Task Send_NotToBeJoinedOrTooLong_GoesOutAlone()
    {
        for (var number = 0; number < 5; number++)
            await SendAsync("x");
        var waiting = new[] { SendAsync("{1}", joins: false), SendAsync("{2}", joins: false), SendAsync(new string('a', 60)), SendAsync(new string('b', 60)) };
        foreach (var _ in waiting)
            _time.Advance(TimeSpan.FromSeconds(3));
        await Task.WhenAll(waiting);
        _sent.Skip(5).Should().BeEquivalentTo("{1}", "{2}", new string('a', 60), new string('b', 60));
    }

    [Fact]
    public async Task Send_WouldWaitLong_IsTheEnginesToTryAgain()
    {
        for (var number = 0; number < 5; number++)
            await SendAsync("x");
        var waiting = Enumerable.Range(0, 5).Select(number => SendAsync($"{{{number}}}", joins: false)).ToList();
        var refused = () => SendAsync("{9}", joins: false);
        (await refused.Should().ThrowAsync<ActivityException>()).Which.Should().Match<ActivityException>(failure => failure.Retryable && failure.RetryAfter == MessagePacer.LongestWait);
        for (var second = 0; second < 15; second++)
            _time.Advance(TimeSpan.FromSeconds(1));
        await Task.WhenAll(waiting);
        _sent.Should().HaveCount(10).And.NotContain("{9}");
    }

    [Fact]
    public async Task Send_OneGivesUpOrFails_TheOthersLearnTheirOwn()
    {
        for (var number = 0; number < 5; number++)
            await SendAsync("x");
        using var cancel = new CancellationTokenSource();
        var (first, second) = (SendAsync("first", cancellationToken: cancel.Token), SendAsync("second"));
        await cancel.CancelAsync();
        await FluentActions.Awaiting(() => first).Should().ThrowAsync<OperationCanceledException>();
        _time.Advance(TimeSpan.FromSeconds(3));
        await second;
        _sent.Should().EndWith("second").And.NotContain(text => text.Contains("first"));

        var failing = _pacer.SendAsync(Message("third"), ActivityEnvironment.Context(), (_, _) => throw new ActivityException("full", retryable: true), default);
        var with = SendAsync("fourth");
        _time.Advance(TimeSpan.FromSeconds(3));
        await FluentActions.Awaiting(() => failing).Should().ThrowAsync<ActivityException>();
        await FluentActions.Awaiting(() => with).Should().ThrowAsync<ActivityException>();
    }

    [Fact]
    public async Task Send_DryRun_UsesUpNothing()
    {
        for (var number = 0; number < 50; number++)
            await _pacer.SendAsync(Message("dry"), ActivityEnvironment.Context(dryRun: true), (_, _) => Task.FromResult<string?>(null), default);
        await SendAsync("real");
        _sent.Should().Equal("real");
    }

    [Fact]
    public async Task PublishMessage_ABurst_ReachesTheServerGrouped()
    {
        await using var server = await FakeServer.StartAsync();
        server.Answer = FakeServer.Status(200, """{"id":"one"}""");
        using var environment = new ActivityEnvironment(
            [new("Activities:Ntfy:default:Url", server.Url), new("Activities:Ntfy:default:Topic", "lab"), new("Activities:Ntfy:default:MessagesPerMinute", "40")],
            services => services.AddSingleton<TimeProvider>(_time));
        var burst = Enumerable.Range(0, 30).Select(number => environment.RunAsync("ntfy.publish_message", new { message = $"alert {number:00}" })).ToList();
        await Task.WhenAll(burst.Take(10));
        _time.Advance(TimeSpan.FromSeconds(2));
        await Task.WhenAll(burst);
        server.Seen.Should().HaveCount(11);
        var texts = string.Join('\n', server.Seen.Select(request => JsonNode.Parse(request.Body)!["message"]!.GetValue<string>()));
        Enumerable.Range(0, 30).Should().OnlyContain(number => texts.Contains($"alert {number:00}"), "nothing is lost");
    }

    private Task<string?> SendAsync(string text, bool joins = true, CancellationToken cancellationToken = default) => _pacer.SendAsync(
        Message(text, joins), ActivityEnvironment.Context(),
        (whole, _) =>
        {
            _sent.Enqueue(whole);
            return Task.FromResult<string?>($"{_sent.Count}");
        },
        cancellationToken);

    private static PacedMessage Message(string text, bool joins = true) => new("channel", 20, text, 100, joins);
}
