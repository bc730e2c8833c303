using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Homelab.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Operations;

/// <summary>The whole server when what it stands on gives way: what it accepted stays, what it cannot keep it refuses, and it comes back by itself.</summary>
public sealed class BadTimesTests
{
    [MountFact]
    public async Task Post_DiskIsFull_Is503AndWhatWasAcceptedIsDoneWhenThereIsRoomAgain()
    {
        using var disk = new SmallDisk(megabytes: 48);
        await using var server = await TestServer.StartAsync(("Storage:Directory", disk.Path), ("Logs:Directory", ""));
        await server.PublishAsync(TestServer.Webhook("full", "full", ["POST"]));
        List<string> accepted = [await AcceptedAsync(await PostAsync(server, "full", 10))];

        disk.Fill();
        HttpResponseMessage? refused = null;
        for (var tries = 0; refused is null && tries < 2000; tries++)
        {
            var answer = await PostAsync(server, "full", 200_000);
            if (answer.StatusCode == HttpStatusCode.Accepted)
                accepted.Add(await AcceptedAsync(answer));
            else
                refused = answer;
        }

        refused!.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        refused.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        refused.Headers.RetryAfter.Should().NotBeNull();
        (await refused.Content.ReadAsStringAsync()).Should().Contain("Nothing was accepted");

        disk.Free();
        var after = await EventuallyAsync(() => PostAsync(server, "full", 10), HttpStatusCode.Accepted);
        accepted.Add(await AcceptedAsync(after));
        var runs = server.Services.GetRequiredService<Homelab.Engine.Dispatch.Runs>();
        foreach (var run in accepted)
            (await runs.WaitForFinishAsync(new RunId(run), default).WaitAsync(TimeSpan.FromSeconds(60)))!.SubStatus.Should().Be(RunSubStatus.Finished);
        (await runs.ListAsync(new RunFilter { DefinitionIds = ["full"] }, RunOrder.Created, true, 0, 1, default)).Total.Should().Be(accepted.Count, "nothing was half accepted");
    }

    [Fact]
    public async Task Post_PostgresIsStopped_Is503EverywhereAndNothingIsHalfAccepted()
    {
        await using var postgres = await PostgresServer.StartAsync(fsync: false);
        await using var server = await TestServer.StartAsync(("Storage:ConnectionString", await postgres.CreateDatabaseAsync()));
        await server.SignInAsync();
        await server.PublishAsync(TestServer.Webhook("lost", "lost", ["POST"]));
        List<string> accepted = [await AcceptedAsync(await PostAsync(server, "lost", 10))];

        await postgres.StopAsync("immediate");
        var refused = await PostAsync(server, "lost", 10);
        var list = await server.Http.GetAsync("/api/runs");
        var studio = await server.Http.GetAsync("/elsa/api/workflow-definitions");
        var started = await server.Http.PostAsJsonAsync("/api/events", new { name = "lost" });
        var ready = await server.Http.GetAsync("/health/ready");
        var live = await server.Http.GetAsync("/health/live");
        await postgres.StartAgainAsync();

        refused.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        (await refused.Content.ReadAsStringAsync()).Should().MatchRegex("Nothing (is|was) accepted");
        list.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        foreach (var answer in (HttpResponseMessage[])[refused, list, studio, started])
        {
            answer.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable, answer.RequestMessage!.RequestUri!.AbsolutePath);
            answer.Headers.RetryAfter!.Delta.Should().BePositive();
        }

        ready.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await ready.Content.ReadFromJsonAsync<JsonNode>())!["checks"]!.AsArray().Should().Contain(check => !(bool)check!["ok"]!);
        live.StatusCode.Should().Be(HttpStatusCode.OK);
        accepted.Add(await AcceptedAsync(await EventuallyAsync(() => PostAsync(server, "lost", 10), HttpStatusCode.Accepted)));
        var runs = server.Services.GetRequiredService<Homelab.Engine.Dispatch.Runs>();
        foreach (var run in accepted)
            (await runs.WaitForFinishAsync(new RunId(run), default).WaitAsync(TimeSpan.FromSeconds(60)))!.SubStatus.Should().Be(RunSubStatus.Finished);
        (await runs.ListAsync(new RunFilter { DefinitionIds = ["lost"] }, RunOrder.Created, true, 0, 1, default)).Total.Should().Be(accepted.Count);
    }

    [Fact]
    public async Task Post_InboxIsFull_Is429WithRetryAfterAndTheAcceptedAreDone()
    {
        await using var server = await TestServer.StartAsync(("Dispatch:MaxInbox", "3"));
        await server.PublishAsync(TestServer.Webhook("busy", "busy", ["POST"]));
        await AcceptedAsync(await PostAsync(server, "busy", 10));
        var dispatcher = server.Services.GetRequiredService<Dispatcher>();
        await UntilAsync(() => dispatcher.Pending == 0);

        // Whoever holds the writer keeps everything that is accepted from being stored.
        Task<HttpResponseMessage>[] waiting;
        HttpResponseMessage refused;
        using (await server.Services.GetRequiredService<Database>().EnterWriterAsync(default))
        {
            waiting = [.. Enumerable.Range(0, 3).Select(_ => PostAsync(server, "busy", 10))];
            await UntilAsync(() => dispatcher.Pending == 3);
            refused = await PostAsync(server, "busy", 10);
        }

        refused.StatusCode.Should().Be(HttpStatusCode.TooManyRequests);
        refused.Headers.RetryAfter!.Delta.Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        refused.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        var runs = server.Services.GetRequiredService<Homelab.Engine.Dispatch.Runs>();
        foreach (var answer in await Task.WhenAll(waiting))
            (await runs.WaitForFinishAsync(new RunId(await AcceptedAsync(answer)), default).WaitAsync(TimeSpan.FromSeconds(30)))!.SubStatus.Should().Be(RunSubStatus.Finished);
        (await PostAsync(server, "busy", 10)).StatusCode.Should().Be(HttpStatusCode.Accepted);
    }

    private static Task<HttpResponseMessage> PostAsync(TestServer server, string path, int size) =>
        server.Http.PostAsync($"/workflows/{path}", new StringContent(new string('x', size)));

    private static async Task<string> AcceptedAsync(HttpResponseMessage answer)
    {
        answer.StatusCode.Should().Be(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
        return (string)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["runId"]!;
    }

    private static async Task<HttpResponseMessage> EventuallyAsync(Func<Task<HttpResponseMessage>> send, HttpStatusCode status)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var answer = await send();
            if (answer.StatusCode == status)
                return answer;
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, limit.Token);
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition())
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
    }

    /// <summary>A file system of its own in memory.</summary>
    private sealed class SmallDisk : IDisposable
    {
        private string Filler => System.IO.Path.Combine(Path, "filler");

        public SmallDisk(int megabytes) => Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "homelab-test", Path).Should().Be(0);

        public string Path { get; } = Directory.CreateTempSubdirectory("homelab-disk-").FullName;

        public void Fill()
        {
            using var file = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, 0);
            try
            {
                while (true)
                    file.Write(new byte[4096]);
            }
            catch (IOException)
            {
                // Full, which is what is wanted.
            }
        }

        public void Free() => File.Delete(Filler);

        public void Dispose()
        {
            // Lazily: something may still have a file open.
            Run("umount", "-l", Path);
            Directory.Delete(Path);
        }

        internal static int Run(string program, params string[] arguments)
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode;
        }
    }

    /// <summary>A fact that mounts something; skipped, saying so, where this user may not.</summary>
    private sealed class MountFactAttribute : FactAttribute
    {
        public MountFactAttribute()
        {
            if (!Environment.IsPrivilegedProcess || !OperatingSystem.IsLinux())
            {
                Skip = "Only root can mount a small disk.";
                return;
            }

            var probe = Directory.CreateTempSubdirectory("homelab-mount-").FullName;
            if (SmallDisk.Run("mount", "-t", "tmpfs", "-o", "size=1m", "homelab-test", probe) == 0)
                SmallDisk.Run("umount", probe);
            else
                Skip = "Mounting is not allowed here.";
            Directory.Delete(probe);
        }
    }
}
