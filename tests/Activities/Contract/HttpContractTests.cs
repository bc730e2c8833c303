using FluentAssertions;
using Homelab.Activities;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Homelab.Tests.Activities.Contract;

/// <summary>What every activity over HTTP does when the other side misbehaves; from the catalogue, so that none is forgotten.</summary>
public sealed class HttpContractTests
{
    private static readonly string[] Elsas = ["http.send_request", "http.flow_send_request", "http.check_endpoint"];

    public static TheoryData<string> Ids => [.. Activities.Select(activity => activity.Id)];

    /// <summary>Those whose failures are exceptions; Elsa's requests and checks answer them.</summary>
    public static TheoryData<string> Throwing => [.. Activities.Select(activity => activity.Id).Except(Elsas)];

    public static TheoryData<string> Effects => [.. Activities.Where(activity => activity.Effect != Effect.None).Select(activity => activity.Id)];

    public static TheoryData<string> Reading => [.. Activities.Where(activity => activity.Effect == Effect.None).Select(activity => activity.Id)];

    private static IEnumerable<ActivityDescriptor> Activities => Tools.OverHttp;

    [Theory, MemberData(nameof(Throwing))]
    public async Task Execute_StatusOfTheTable_IsRetryableOrNot(string id)
    {
        await using var server = await FakeServer.StartAsync();
        using var environment = Environment(id, server.Url);
        foreach (var (status, retryable) in new[]
                 {
                     (400, false), (401, false), (403, false), (405, false), (408, true), (422, false), (425, true), (429, true),
                     (500, true), (501, false), (502, true), (503, true), (504, true),
                 })
        {
            server.Answer = FakeServer.Status(status, $$"""{"message":"no {{Tools.Secret}} here"}""");
            var failure = await FailureAsync(environment, id, server.Url);
            failure.Retryable.Should().Be(retryable, $"{id} on {status}: {failure.Message}");
            failure.Message.Should().Contain(status.ToString(System.Globalization.CultureInfo.InvariantCulture));
            failure.ToString().Should().NotContain(Tools.Secret);
        }
    }

    [Theory, MemberData(nameof(Throwing))]
    public async Task Execute_RetryAfter_IsPassedOn(string id)
    {
        await using var server = await FakeServer.StartAsync();
        server.Answer = context =>
        {
            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = "17";
            return Task.CompletedTask;
        };
        using var environment = Environment(id, server.Url);
        (await FailureAsync(environment, id, server.Url)).RetryAfter.Should().Be(TimeSpan.FromSeconds(17));
    }

    [Theory, MemberData(nameof(Throwing))]
    public async Task Execute_RedirectElsewhere_IsRefused(string id)
    {
        await using var elsewhere = await FakeServer.StartAsync();
        await using var server = await FakeServer.StartAsync();
        server.Answer = context =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = elsewhere.Url + "/stolen";
            return Task.CompletedTask;
        };
        using var environment = Environment(id, server.Url);
        var failure = await FailureAsync(environment, id, server.Url);
        failure.Retryable.Should().BeFalse();
        failure.Message.Should().Contain("redirect");
        elsewhere.Seen.Should().BeEmpty();
    }

    [Theory, MemberData(nameof(Ids))]
    public async Task Execute_GarbageAnswer_FailsInWordsOrIsText(string id)
    {
        await using var server = await FakeServer.StartAsync();
        server.Answer = async context =>
        {
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"\u0000<html>{Tools.Secret}{{{{["));
        };
        using var environment = Environment(id, server.Url);
        var (failure, output) = await TryAsync(environment, id, server.Url);
        (failure?.ToString() ?? output!.ToJsonString()).Should().NotContain(Tools.Secret);
    }

    [Theory, MemberData(nameof(Ids))]
    public async Task Execute_HugeAnswer_IsRefused(string id)
    {
        await using var server = await FakeServer.StartAsync();
        var chunk = new byte[64 << 10];
        Array.Fill(chunk, (byte)' ');
        // Without an end: only a client that stops reading ends this test.
        server.Answer = async context =>
        {
            context.Response.ContentType = "application/json";
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
        };
        using var environment = Environment(id, server.Url);
        var (failure, _) = await TryAsync(environment, id, server.Url);
        failure.Should().NotBeNull();
        failure!.Message.Should().Contain("more than");
    }

    [Theory, MemberData(nameof(Throwing))]
    public async Task Execute_SlowDrip_EndsAtTheDeadline(string id)
    {
        await using var server = await FakeServer.StartAsync();
        server.Answer = async context =>
        {
            context.Response.ContentType = "application/json";
            while (true)
            {
                await context.Response.WriteAsync(" ", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, context.RequestAborted);
            }
        };
        using var environment = Environment(id, server.Url, timeoutSeconds: 1);
        var failure = await FailureAsync(environment, id, server.Url);
        (failure.Retryable, failure.Kind).Should().Be((true, FailureKind.Timeout), failure.Message);
    }

    [Theory, MemberData(nameof(Ids))]
    public async Task Execute_Cancelled_EndsAtOnce(string id)
    {
        await using var server = await FakeServer.StartAsync();
        var arrived = new TaskCompletionSource();
        var aborted = new TaskCompletionSource();
        server.Answer = context =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            arrived.TrySetResult();
            return aborted.Task;
        };
        using var environment = Environment(id, server.Url);
        using var cancel = new CancellationTokenSource();
        var running = environment.Invoker(id).ExecuteAsync(
            ActivityEnvironment.Json(Tools.Sample(Find(id), server.Url)), ActivityEnvironment.Context(), cancel.Token);
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await cancel.CancelAsync();
        await FluentActions.Awaiting(() => running).Should().ThrowAsync<OperationCanceledException>();
        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Theory, MemberData(nameof(Throwing))]
    public async Task Execute_NothingListens_IsRetryable(string id)
    {
        await using var server = await FakeServer.StartAsync();
        var url = server.Url;
        await server.DisposeAsync();
        using var environment = Environment(id, url);
        var failure = await FailureAsync(environment, id, url);
        (failure.Retryable, failure.Kind).Should().Be((true, FailureKind.Connect), failure.Message);
    }

    [Theory, MemberData(nameof(Throwing))]
    public async Task Execute_WrongCertificate_IsRefusedAndNothingIsSent(string id)
    {
        await using var server = await FakeServer.StartAsync(https: true);
        using var environment = Environment(id, server.Url);
        var failure = await FailureAsync(environment, id, server.Url);
        failure.Retryable.Should().BeFalse(failure.Message);
        failure.Message.Should().Contain("certificate");
        server.Seen.Should().BeEmpty();
    }

    /// <summary>What says that it only reads sends nothing but questions; what sends messages holds them back in a dry run.</summary>
    [Theory, MemberData(nameof(Reading))]
    public async Task Execute_NoEffect_OnlyAsks(string id)
    {
        await using var server = await FakeServer.StartAsync();
        server.Answer = FakeServer.Status(200, "{}");
        using var environment = Environment(id, server.Url);
        var activity = Find(id);
        try
        {
            await environment.Invoker(id).ExecuteAsync(ActivityEnvironment.Json(Tools.Sample(activity, server.Url)), ActivityEnvironment.Context(dryRun: activity.Sends), default);
        }
        catch (ActivityException)
        {
            // As below.
        }

        // A model is asked by POST and does nothing.
        if (activity.Tool != "Model")
            server.Seen.Where(request => request.Method is not ("GET" or "HEAD") && !AsksByPost.Contains(request.Path)).Should().BeEmpty();
        if (activity.Sends)
            server.Seen.Should().BeEmpty();
    }

    [Theory, MemberData(nameof(Effects))]
    public async Task Execute_DryRun_SendsNothingThatChanges(string id)
    {
        await using var server = await FakeServer.StartAsync();
        server.Answer = FakeServer.Status(200, "{}");
        using var environment = Environment(id, server.Url);
        var input = Tools.Sample(Find(id), server.Url);
        if (Elsas.Contains(id))
            input["method"] = "POST";
        try
        {
            await environment.Invoker(id).ExecuteAsync(ActivityEnvironment.Json(input), ActivityEnvironment.Context(dryRun: true), default);
        }
        catch (ActivityException)
        {
            // The fake knows no real names; only what was sent counts here.
        }

        server.Seen.Where(request => request.Method is not ("GET" or "HEAD" or "OPTIONS") && !AsksByPost.Contains(request.Path)).Should().BeEmpty();
    }

    /// <summary>Routes that only answer a question, though their vendor has them called with POST.</summary>
    private static readonly HashSet<string> AsksByPost = ["/api/config/core/check_config", "/api/v1/query", "/api/v1/query_range"];

    [Theory, MemberData(nameof(Ids))]
    public async Task Execute_UnknownConnection_NamesThoseThereAre(string id)
    {
        var activity = Find(id);
        if (Tools.TakesUrl(activity))
            return;
        using var environment = Environment(id, "http://127.0.0.1:9");
        var input = Tools.Sample(activity);
        input["connection"] = "elsewhere";
        var failure = await FluentActions.Awaiting(() => environment.RunAsync(id, input)).Should().ThrowAsync<ActivityException>();
        failure.Which.Message.Should().Contain("'elsewhere'").And.Contain("default");
        failure.Which.Retryable.Should().BeFalse();
    }

    private static ActivityDescriptor Find(string id) => ActivityCatalog.All.Single(activity => activity.Id == id);

    private static ActivityEnvironment Environment(string id, string url, int timeoutSeconds = 30)
    {
        var tool = Find(id).Tool;
        (string, string?)[] settings = Tools.TakesUrl(Find(id)) ? [] :
        [
            .. Tools.Http[tool](url),
            ($"Activities:{tool}:default:TimeoutSeconds", timeoutSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            .. tool == "Docker" ? [($"Activities:{tool}:default:PullTimeoutSeconds", "0")] : Array.Empty<(string, string?)>(),
        ];
        // No program of this machine is run by a contract test.
        var environment = new ActivityEnvironment(
            settings.Select(setting => KeyValuePair.Create(setting.Item1, setting.Item2)), services => services.AddSingleton<IProcessRunner>(new RecordingRunner()));
        environment.Get<Secrets>().Remember(Tools.Secret);
        return environment;
    }

    private static async Task<(ActivityException? Failure, JsonNode? Output)> TryAsync(ActivityEnvironment environment, string id, string url)
    {
        try
        {
            return (null, await environment.Invoker(id).ExecuteAsync(
                ActivityEnvironment.Json(Tools.Sample(Find(id), url)), ActivityEnvironment.Context(), default));
        }
        catch (ActivityException exception)
        {
            return (exception, null);
        }
    }

    private static async Task<ActivityException> FailureAsync(ActivityEnvironment environment, string id, string url)
    {
        var (failure, output) = await TryAsync(environment, id, url);
        failure.Should().NotBeNull($"{id} must fail, not answer {output}");
        return failure!;
    }
}
