using Homelab.Engine.Dispatch;
using Homelab.Engine.Storage;
using Homelab.Tests.Engine.Dispatch;

// usage: CrashHost sqlite|postgres TARGET WORLD_FILE [SCRIPT...]
// A process with a real node that tests kill: starts a run for each script, says "accepted RUN", waits until every run in the database has ended, says "done".
await using var database = args[0] == "sqlite" ? Database.Sqlite(args[1]) : Database.PostgreSql(args[1]);
await Migrations.ApplyAsync(database, TimeProvider.System, default);
var node = await new TestNode(database, new ScriptedWorld(args[2]), crash: CrashPoints.FromEnvironment(enabled: true)).StartAsync(alone: true);
foreach (var script in args.Skip(3))
    Console.WriteLine($"accepted {await node.StartRunAsync(script)}");
while (await node.Runs.CountsAsync(default) is not { Running: 0, Suspended: 0, Inbox: 0 } || !node.Dispatcher.IsIdle)
    await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
await node.DisposeAsync();
Console.WriteLine("done");
