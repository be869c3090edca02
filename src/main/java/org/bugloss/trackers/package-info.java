/**
 * The trackers: what each kind of issue tracker's URLs look like, how it is asked about one bug or many, and what its
 * answers mean.
 *
 * <p>One file a tracker. A tracker is a CDI bean that is found by its type: there is no list to edit, and {@link
 * org.bugloss.trackers.Trackers} only looks at which of them the administrator enabled.
 *
 * <p>What an author of an extension sees, besides the trackers that he may extend, is this; all else may change at any
 * time. {@code src/site/markdown/extend.md} has an example of each.
 *
 * <ul>
 *   <li>{@link org.bugloss.trackers.IssueTracker}: a kind of tracker, which he extends
 *   <li>{@link org.bugloss.trackers.BugUrl}: what he is asked about
 *   <li>{@link org.bugloss.trackers.TrackerSystem}: the installation that it belongs to
 *   <li>{@link org.bugloss.trackers.TrackerApi}: sends requests
 *   <li>{@link org.bugloss.trackers.ApiReply}: an answer with its status and headers
 *   <li>{@link org.bugloss.trackers.Json}: a place in a JSON answer
 *   <li>{@link org.bugloss.trackers.BugDetails}: what he tells of a bug
 *   <li>{@link org.bugloss.trackers.BugFields}: what else there is to tell
 *   <li>{@link org.bugloss.trackers.Answer}: what came of asking about one bug of many
 *   <li>{@link org.bugloss.trackers.NotModified}: says that what is cached still holds
 *   <li>{@link org.bugloss.trackers.HookRequest}: a message that a tracker sent by itself
 *   <li>{@link org.bugloss.trackers.HookSecret}: what such a message proves itself with
 *   <li>{@link org.bugloss.trackers.HookNews}: which bugs it names
 *   <li>{@link org.bugloss.outbound.Freshness}: by what the source tells whether it does
 *   <li>{@link org.bugloss.outbound.FetchException}: says that asking failed
 *   <li>{@link org.bugloss.outbound.FailureReason}: why
 *   <li>{@link org.bugloss.outbound.CanonicalUrl}: a URL as a key
 *   <li>{@link org.bugloss.outbound.InvalidUrlException}: says that something is no such URL
 * </ul>
 */
@NullMarked
package org.bugloss.trackers;

import org.jspecify.annotations.NullMarked;
